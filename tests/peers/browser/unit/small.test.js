import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonOfError, wireReason } from '../../../../static/sdk/reasons.js';
import { Ledger } from '../../../../static/sdk/reclaim.js';
import { candidatesOf, mediaOf, sessionId } from '../../../../static/sdk/sdp.js';
import { Meter } from '../../../../static/sdk/stats.js';

const SDP = 'v=0\r\no=- 46117 2 IN IP4 127.0.0.1\r\nm=audio 9 x\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=sendrecv\r\nm=video 9 x\r\na=inactive\r\n';

/** A Storage in memory. */
class Store extends Map {
	get length() { return this.size; }
	key(index) { return [...this.keys()][index] ?? null; }
	getItem(key) { return this.get(key) ?? null; }
	setItem(key, value) { this.set(key, value); }
	removeItem(key) { this.delete(key); }
}

test('what a description offers', () => {
	assert.equal(sessionId(SDP), '46117');
	assert.deepEqual(mediaOf(SDP), { audio: true, video: false });
	assert.deepEqual(mediaOf(null), { audio: false, video: false });
	assert.deepEqual(candidatesOf(SDP), [{ candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMLineIndex: 0 }]);
});

test('reasons on the wire', () => {
	assert.deepEqual(wireReason('busy', false), { reason: 'busy' });
	assert.deepEqual(wireReason('toString', true), { reason: 'normal', detail: 'toString' });
	assert.equal(reasonOfError('forbidden'), 'forbidden');
	assert.equal(reasonOfError('something new'), 'internalError');
});

test('live calls are found after a reload, for 30 s, and once', async () => {
	const store = new Store([['rtc-engine.call.old', JSON.stringify({ gcid: 'old', at: Date.now() - 31_000 })], ['rtc-engine.call.odd', '{'], ['other', 'x']]);
	const before = new Ledger(store);
	await before.ready;
	assert.deepEqual(before.found, []);
	before.add({ gcid: 'g', account: 'a', peer: 'ben', video: true });
	before.add({ gcid: 'h', account: 'a', peer: 'eve', video: false });
	before.remove('h');
	const after = new Ledger(store);
	await after.ready;
	assert.deepEqual(after.found.map(({ gcid, peer, video }) => [gcid, peer, video]), [['g', 'ben', true]]);
	after.take(after.found[0]);
	assert.deepEqual([...store.keys()], ['other']);
	before.remove('g');
});

/** Web Locks of one browser: every lock has one holder and others that wait. */
class Locks {
	#held = new Map();
	async request(name, { signal }, work) {
		const gone = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
		while (this.#held.has(name)) await Promise.race([this.#held.get(name), gone]);
		this.#held.set(name, work());
		await this.#held.get(name);
		this.#held.delete(name);
	}
	/** The page that holds it goes away. */
	unload = () => this.#held.clear();
}

test('a duplicated tab does not take the calls of the first one, a reloaded one does', async context => {
	context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
	const locks = new Locks();
	Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
	context.after(() => delete globalThis.navigator);
	const page = async name => (await import(`../../../../static/sdk/reclaim.js?${name}`)).Ledger;
	const store = new Store();
	const first = new (await page('first'))(store);
	first.add({ gcid: 'g', account: 'a', peer: 'ben', video: true });
	const copied = new Store(store);
	const copy = new (await page('copy'))(copied);
	context.mock.timers.tick(1_000);
	await copy.ready;
	assert.deepEqual([copy.found, copied.size, store.size], [[], 0, 1]);
	locks.unload();
	const reloaded = new (await page('reloaded'))(store);
	await reloaded.ready;
	assert.deepEqual(reloaded.found.map(({ gcid }) => gcid), ['g']);
	first.remove('g');
});

test('quality is about the time since the last reading', () => {
	const meter = new Meter();
	const report = (timestamp, packetsReceived, packetsLost, bytesReceived) => new Map([
		['i', { id: 'i', type: 'inbound-rtp', kind: 'audio', timestamp, packetsReceived, packetsLost, bytesReceived, jitter: 0.012, codecId: 'c' }],
		['c', { id: 'c', type: 'codec', mimeType: 'audio/opus' }],
		['t', { id: 't', type: 'transport', selectedCandidatePairId: 'p' }],
		['p', { id: 'p', type: 'candidate-pair', currentRoundTripTime: 0.042 }],
	]);
	meter.read(report(1_000, 100, 0, 10_000));
	const quality = meter.read(report(3_000, 190, 10, 20_000));
	assert.deepEqual([quality.loss, quality.jitter, quality.rtt, quality.received, quality.codec, quality.verdict], [10, 12, 42, 40, 'opus', 'poor']);
	assert.equal(meter.read(report(5_000, 10, 0, 100)).loss, 0, 'a fresh connection counts anew');
});
