import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Client } from '../../../../static/sdk/client.js';
import { FakeWebSocket, options, reset, settle, TARGET } from './fakes.js';

const seen = [];
let client;

beforeEach(async () => {
	mock.timers.reset();
	mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
	reset();
	seen.length = 0;
	client = new Client(options());
	for (const type of ['connected', 'reconnecting', 'disconnected', 'error']) {
		client.on(type, detail => seen.push(type === 'connected' ? `connected ${detail.resumed}` : type));
	}
	await settle();
});

/** The socket breaks and the next one opens. */
function again(more) {
	FakeWebSocket.last.lose();
	mock.timers.tick(300);
	FakeWebSocket.last.validate(more);
}

test('session.open is the first and only message before session.validated', () => {
	client.send({ method: 'early', to: TARGET });
	FakeWebSocket.last.onopen();
	assert.deepEqual(FakeWebSocket.last.sent, [
		{ method: 'session.open', to: 'core', session: 'token', body: { credentials: { userSession: 'token' } } },
	]);
});

test('accounts are connected once the session is open', () => {
	FakeWebSocket.last.validate();
	assert.deepEqual(FakeWebSocket.last.methods, ['session.open', 'account.connect']);
	assert.equal(FakeWebSocket.last.sent[1].to, TARGET);
	assert.equal(client.network('webrtc').identifier, 'anna');
	assert.equal(client.network('nowhere'), undefined);
});

test('a resume names the device and the last seq, and drops what comes twice', () => {
	FakeWebSocket.last.validate();
	const states = [];
	client.network('webrtc').on('state', ({ state, reason }) => states.push(`${state} ${reason}`));
	const state = (reason, seq) => FakeWebSocket.last.tell('account.state', { id: 'a1', state: 'failed', reason }, { seq });
	state('timeout', 1);
	state('unreachable', 2);
	FakeWebSocket.last.lose();
	mock.timers.tick(300);
	FakeWebSocket.last.onopen();
	assert.deepEqual(FakeWebSocket.last.sent[0].body.resume, { client: 'c1', ack: 2 });
	FakeWebSocket.last.validate({ resumed: true, ack: 1 });
	state('unreachable', 2);
	state('rejected', 3);
	assert.deepEqual(states, ['failed timeout', 'failed unreachable', 'failed rejected']);
	assert.deepEqual(seen, ['connected false', 'reconnecting', 'connected true']);
});

test('what is said while the socket is away follows after the resume, in order', () => {
	FakeWebSocket.last.validate();
	FakeWebSocket.last.lose();
	for (const method of ['x.one', 'x.two']) client.send({ method, to: TARGET });
	mock.timers.tick(300);
	FakeWebSocket.last.validate({ resumed: true, ack: 1 });
	assert.deepEqual(FakeWebSocket.last.methods, ['session.open', 'x.one', 'x.two']);
	assert.deepEqual(FakeWebSocket.last.sent.slice(1).map(frame => frame.seq), [2, 3]);
});

test('what the dead socket swallowed is sent again under its number, before what is new', () => {
	FakeWebSocket.last.validate();
	for (const method of ['x.one', 'x.two', 'x.three']) client.send({ method, to: TARGET });
	FakeWebSocket.last.lose();
	client.send({ method: 'x.four', to: TARGET });
	mock.timers.tick(300);
	FakeWebSocket.last.validate({ resumed: true, ack: 2 });
	assert.deepEqual(FakeWebSocket.last.sent.slice(1).map(({ method, seq }) => `${method} ${seq}`), ['x.two 3', 'x.three 4', 'x.four 5']);
});

test('a device that was not resumed starts afresh, without old messages', () => {
	FakeWebSocket.last.validate();
	FakeWebSocket.last.lose();
	client.send({ method: 'x.old', to: TARGET });
	mock.timers.tick(300);
	FakeWebSocket.last.validate({ client: 'c2' });
	assert.deepEqual(FakeWebSocket.last.methods, ['session.open', 'account.connect']);
	assert.deepEqual(seen, ['connected false', 'reconnecting', 'connected false']);
});

test('every 20 frames, or after 10 s, the engine hears what was seen', () => {
	FakeWebSocket.last.validate();
	const quiet = FakeWebSocket.last.sent.length;
	for (let seq = 1; seq <= 20; seq++) FakeWebSocket.last.tell('x.y', {}, { seq });
	assert.deepEqual(FakeWebSocket.last.sent.slice(quiet), [{ method: 'session.ack', to: 'core', ack: 20 }]);
	FakeWebSocket.last.tell('x.y', {}, { seq: 21 });
	mock.timers.tick(10_000);
	assert.deepEqual(FakeWebSocket.last.sent.at(-1), { method: 'session.ack', to: 'core', ack: 21 });
	FakeWebSocket.last.tell('x.y', {}, { seq: 22 });
	client.send({ method: 'x.z', to: TARGET });
	assert.equal(FakeWebSocket.last.sent.at(-1).ack, 22, 'rides on what is sent anyway');
	mock.timers.tick(20_000);
	assert.equal(FakeWebSocket.last.sent.at(-1).method, 'x.z', 'and is not said twice');
});

test('attempts grow apart, and never end for a persistent client', () => {
	FakeWebSocket.last.validate();
	FakeWebSocket.last.lose();
	for (let attempt = 0; attempt < 12; attempt++) {
		mock.timers.tick(5_000);
		FakeWebSocket.last.lose();
	}
	assert.ok(FakeWebSocket.all.length >= 12);
	assert.equal(client.state, 'reconnecting');
	again();
	assert.equal(client.state, 'reconnecting');
	mock.timers.tick(5_000);
	FakeWebSocket.last.validate();
	assert.equal(client.state, 'connected');
});

test('a refused token ends it, with its reason set first', async () => {
	const reasons = [];
	client.on('disconnected', () => reasons.push(client.reason.type));
	FakeWebSocket.last.onopen();
	FakeWebSocket.last.tell('session.validated', { result: false, reason: { type: 'invalidToken', message: 'no' } });
	await assert.rejects(client.ready, { name: 'invalidToken', message: 'no' });
	assert.deepEqual(reasons, ['invalidToken']);
	mock.timers.tick(60_000);
	assert.equal(FakeWebSocket.all.length, 1);
});

test('a session closed by the engine, or resumed elsewhere, is not opened again', () => {
	FakeWebSocket.last.validate();
	FakeWebSocket.last.lose(4401, 'sessionDeactivated');
	assert.equal(client.reason.type, 'sessionDeactivated');
	mock.timers.tick(60_000);
	assert.equal(FakeWebSocket.all.length, 1);
});

test('a probe that nobody answers counts as a loss', () => {
	FakeWebSocket.last.validate();
	client.probe();
	FakeWebSocket.last.tell('core.error', { code: 'unknownMethod', message: '', ref: 'ping' }, { seq: 1 });
	mock.timers.tick(5_000);
	assert.equal(client.state, 'connected');
	client.probe();
	mock.timers.tick(5_000);
	assert.equal(client.state, 'reconnecting');
	assert.deepEqual(seen, ['connected false', 'reconnecting'], 'the answer is nobody else’s');
});

/** Timers begun by timers run too, which one long tick would not do. */
const pass = ms => {
	for (let step = 0; step < ms; step += 100) mock.timers.tick(100);
};

const refuse = type => {
	FakeWebSocket.last.onopen();
	FakeWebSocket.last.tell('session.validated', { result: false, reason: { type, message: 'no' } });
};

test('an engine that cannot resume at the moment is asked again until the grace ends', () => {
	FakeWebSocket.last.validate();
	FakeWebSocket.last.lose(1012);
	for (let attempt = 0; attempt < 5; attempt++) {
		mock.timers.tick(5_000);
		refuse('internalError');
	}
	assert.equal(client.state, 'reconnecting');
	mock.timers.tick(4_900);
	FakeWebSocket.last.validate({ resumed: true });
	assert.deepEqual(seen, ['connected false', 'reconnecting', 'connected true']);
	FakeWebSocket.last.lose(1011);
	mock.timers.tick(300);
	refuse('sessionExpired');
	assert.equal(client.reason.type, 'sessionExpired', 'any other reason is final');
});

test('an engine that cannot open the first session is asked some times, and then believed', async () => {
	for (let attempt = 0; attempt < 5; attempt++) {
		assert.equal(client.state, 'connecting');
		refuse('internalError');
		mock.timers.tick(5_000);
	}
	await assert.rejects(client.ready, { name: 'internalError', message: 'no' });
	assert.equal(FakeWebSocket.all.length, 5);
	client = new Client(options({ persist: false }));
	await settle();
	FakeWebSocket.last.lose(1013);
	mock.timers.tick(300);
	FakeWebSocket.last.validate();
	assert.equal(client.state, 'connected');
});

test('a thousand frames that have waited go out no faster than the engine takes them, in order', () => {
	FakeWebSocket.last.validate();
	FakeWebSocket.last.lose();
	for (let count = 0; count < 1_000; count++) client.send({ method: 'x.y', to: TARGET });
	mock.timers.tick(300);
	FakeWebSocket.last.validate({ resumed: true, ack: 1 });
	const { sent } = FakeWebSocket.last;
	assert.ok(sent.length <= 201, `${sent.length} at once`);
	client.send({ method: 'x.last', to: TARGET });
	for (let second = 0; second < 11; second++) {
		const before = sent.length;
		pass(1_000);
		assert.ok(sent.length - before <= 100, `${sent.length - before} in a second`);
	}
	assert.deepEqual(sent.slice(1).map(frame => frame.seq), Array.from({ length: 1_001 }, (_, index) => index + 2));
	assert.equal(sent.at(-1).method, 'x.last');
});

test('what has not gone out when the socket breaks again goes out once', () => {
	FakeWebSocket.last.validate();
	FakeWebSocket.last.lose();
	for (let count = 0; count < 300; count++) client.send({ method: 'x.y', to: TARGET });
	mock.timers.tick(300);
	FakeWebSocket.last.validate({ resumed: true, ack: 1 });
	const taken = FakeWebSocket.last.sent.at(-1).seq;
	FakeWebSocket.last.lose();
	mock.timers.tick(300);
	FakeWebSocket.last.validate({ resumed: true, ack: taken });
	const { sent } = FakeWebSocket.last;
	pass(5_000);
	assert.deepEqual([sent[1].seq, sent.at(-1).seq, sent.length], [taken + 1, 301, 302 - taken]);
});

test('a page that leaves says all it has to say first, and nothing after', () => {
	FakeWebSocket.last.validate();
	for (let count = 0; count < 300; count++) client.send({ method: 'x.y', to: TARGET });
	const { sent } = FakeWebSocket.last;
	assert.equal(sent.length, 201);
	client.close();
	assert.deepEqual([sent.length, sent.at(-1).method, sent.at(-1).seq], [303, 'account.disconnect', 302]);
	pass(5_000);
	assert.equal(sent.length, 303);
});

test('odd frames hurt nobody: no body, a null one, no object at all', () => {
	FakeWebSocket.last.onopen();
	for (const data of ['null', '1', '[]', '"x"', '{}', '{"method":"core.error","body":null}']) FakeWebSocket.last.onmessage({ data });
	FakeWebSocket.last.validate();
	for (const method of ['call.end', 'account.state', 'session.expiring', 'session.iceservers', 'core.error', 'session.validated']) {
		for (const body of ['null', '7', '[]']) FakeWebSocket.last.onmessage({ data: `{"method":"${method}","body":${body}}` });
		FakeWebSocket.last.onmessage({ data: `{"method":"${method}"}` });
	}
	assert.equal(client.state, 'connected');
});

test('session.pong is a sign of life, and is acknowledged', () => {
	FakeWebSocket.last.validate();
	client.probe();
	FakeWebSocket.last.tell('session.pong', {}, { seq: 1 });
	mock.timers.tick(10_000);
	assert.equal(client.state, 'connected');
	assert.deepEqual(FakeWebSocket.last.sent.at(-1), { method: 'session.ack', to: 'core', ack: 1 });
});
