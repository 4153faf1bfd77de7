import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Change } from '../../../../static/sdk/change.js';
import { settle } from './fakes.js';

beforeEach(() => {
	mock.timers.reset();
	mock.timers.enable({ apis: ['setTimeout'] });
});

/** One side, whose description counts what was agreed on. */
function side(creator, send, refuse = () => false) {
	const one = { agreed: '', offers: 0, mine: 0, sent: [] };
	one.change = new Change(creator, {
		send: (action, extra) => {
			one.sent.push(action);
			send(action, extra?.sdp);
		},
		offer: async () => `${creator ? 'A' : 'B'}${++one.offers}`,
		answer: async sdp => {
			if (refuse()) throw new Error('bad');
			one.agreed = sdp;
			return sdp;
		},
		applied: async sdp => { one.agreed = sdp; },
		rollback: async () => {},
	});
	one.change.ready();
	return one;
}

/** Two sides and the wire between them; `wire` holds what is under way. */
function pair() {
	const wire = [];
	const a = side(true, (action, sdp) => wire.push(() => b.change.handle(action, sdp)));
	const b = side(false, (action, sdp) => wire.push(() => a.change.handle(action, sdp)));
	return { a, b, wire };
}

async function run({ wire }) {
	for (await settle(); wire.length; await settle()) wire.shift()();
}

test('a change is lock, lock.ok, offer, answer', async () => {
	const both = pair();
	const done = both.a.change.request();
	await run(both);
	assert.equal(await done, true);
	assert.deepEqual([both.a.sent, both.b.sent], [['lock', 'offer'], ['lock.ok', 'answer']]);
	assert.deepEqual([both.a.agreed, both.b.agreed], ['A1', 'A1']);
	assert.deepEqual([both.a.change.state, both.b.change.state], ['free', 'free']);
});

test('two locks that cross free both, and both changes are made in the end', async () => {
	const both = pair();
	const done = [both.a.change.request(), both.b.change.request()];
	await run(both);
	assert.ok(both.a.sent.includes('lock.reset') && both.b.sent.includes('lock.reset'));
	for (let ms = 0; ms < 12_000; ms += 100) {
		mock.timers.tick(100);
		await run(both);
	}
	assert.deepEqual(await Promise.all(done), [true, true]);
	assert.equal(both.a.agreed, both.b.agreed);
});

test('the creator of the call waits 2.1 to 4 s, the other side 0 to 2 s', async () => {
	for (const [creator, least, most] of [[true, 2_100, 4_000], [false, 0, 2_000]]) {
		for (let round = 0; round < 50; round++) {
			const one = side(creator, () => {});
			one.change.request();
			one.change.handle('lock.reset');
			mock.timers.tick(Math.max(0, least - 1));
			if (least) assert.deepEqual(one.sent, ['lock'], 'not before');
			mock.timers.tick(most - least + 1);
			assert.deepEqual(one.sent, ['lock', 'lock'], 'not after');
			one.change.stop();
		}
	}
});

test('an offer without a granted lock is reset and not applied', async () => {
	const one = side(false, () => {});
	one.change.handle('offer', 'X');
	await settle();
	assert.deepEqual([one.sent, one.agreed], [['lock.reset'], '']);
});

test('five seconds without progress give the lock back', () => {
	const one = side(false, () => {});
	one.change.handle('lock');
	mock.timers.tick(5_000);
	assert.deepEqual([one.sent, one.change.state], [['lock.ok', 'lock.reset'], 'free']);
});

test('a description that cannot be applied resets and both go on', async () => {
	const wire = [];
	let bad = true;
	const a = side(true, (action, sdp) => wire.push(() => b.change.handle(action, sdp)));
	const b = side(false, (action, sdp) => wire.push(() => a.change.handle(action, sdp)), () => bad);
	const done = a.change.request();
	await run({ wire });
	assert.ok(b.sent.includes('lock.reset'));
	bad = false;
	mock.timers.tick(4_000);
	await run({ wire });
	assert.equal(await done, true);
	assert.equal(a.agreed, b.agreed);
});

test('a change asked for before the call is established waits for it', async () => {
	const sent = [];
	const change = new Change(true, { send: action => sent.push(action), offer: async () => '', answer: async () => '', applied: async () => {}, rollback: async () => {} });
	change.request();
	assert.deepEqual(sent, []);
	change.ready();
	assert.deepEqual(sent, ['lock']);
	change.stop();
});

test('the end of the call settles what was asked for', async () => {
	const one = side(true, () => {});
	const done = one.change.request();
	one.change.stop();
	assert.equal(await done, false);
	assert.equal(await one.change.request(), false);
});

test('a reset that crosses our answer makes us ask for a change; one after the far end has moved on does not', async () => {
	const answered = async () => {
		const one = side(false, () => {});
		one.change.handle('lock');
		one.change.handle('offer', 'X');
		await settle();
		assert.deepEqual(one.sent.splice(0), ['lock.ok', 'answer']);
		return one;
	};
	const crossed = await answered();
	crossed.change.handle('lock.reset');
	assert.deepEqual(crossed.sent, ['lock']);
	const later = await answered();
	later.change.handle('lock');
	later.change.handle('lock.reset');
	assert.deepEqual([later.sent, later.change.state], [['lock.ok'], 'free']);
	for (const one of [crossed, later]) one.change.stop();
});

test('a far end that never agrees is given up', async () => {
	const one = side(false, () => {});
	const done = one.change.request();
	for (let round = 0; round < 10; round++) {
		one.change.handle('lock.reset');
		mock.timers.tick(2_000);
	}
	assert.equal(await done, false);
});

test('random interleavings of two sides end free, agreed and answered', async context => {
	for (let seed = 1; seed <= 200; seed++) {
		let state = seed;
		const random = () => (state = (state * 48_271) % 0x7fffffff) / 0x7fffffff;
		context.mock.method(Math, 'random', random);
		const [toA, toB, done] = [[], [], []];
		const a = side(true, (action, sdp) => toB.push(() => b.change.handle(action, sdp)));
		const b = side(false, (action, sdp) => toA.push(() => a.change.handle(action, sdp)));
		for (let step = 0; step < 60; step++) {
			if (step < 12 && random() < 0.3) done.push((random() < 0.5 ? a : b).change.request());
			(random() < 0.5 ? toA : toB).shift()?.();
			if (random() < 0.4) mock.timers.tick(Math.floor(random() * 400));
			await settle();
		}
		for (let ms = 0; ms < 20_000; ms += 50) {
			while (toA.length || toB.length) {
				(toA.shift() ?? toB.shift())();
				await settle();
			}
			mock.timers.tick(50);
			await settle();
		}
		const results = await Promise.all(done);
		assert.ok(results.every(result => result), `seed ${seed}: ${results}`);
		assert.equal(a.agreed, b.agreed, `seed ${seed}`);
		assert.deepEqual([a.change.state, b.change.state], ['free', 'free'], `seed ${seed}`);
	}
});
