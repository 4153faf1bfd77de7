import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Client } from '../../../../static/sdk/client.js';
import { FakePeerConnection, FakeWebSocket, options, reset, sdp, settle, stream, TARGET } from './fakes.js';

let client;
let network;

beforeEach(async () => {
	mock.timers.reset();
	mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
	reset();
	client = new Client(options());
	await settle();
	FakeWebSocket.last.validate();
	FakeWebSocket.last.sent.length = 0;
	network = client.network('webrtc');
});

const sent = () => FakeWebSocket.last.sent;
const methods = () => FakeWebSocket.last.methods;
const tell = (call, action, body = {}) => FakeWebSocket.last.tell(`call.${action}`, { id: call.id, gcid: call.gcid, ...body }, { from: TARGET });

function follow(call) {
	const log = [];
	for (const type of ['pending', 'ringing', 'accepted', 'stream', 'streamended', 'ended', 'error', 'early']) {
		call.on(type, detail => log.push(type === 'ended' ? `ended ${detail.reason}` : type));
	}
	return log;
}

async function outgoing(...kinds) {
	const call = network.call('ben', { stream: stream(...(kinds.length ? kinds : ['audio'])) });
	await settle();
	return call;
}

async function incoming(more = {}) {
	const rung = new Promise(resolve => network.on('call', resolve, { once: true }));
	FakeWebSocket.last.tell('call.start', { id: 'leg', gcid: 'g', account: 'a1', trickle: true, target: 'anna', sdp: sdp(), peer: { uri: 'ben' }, ...more }, { from: TARGET });
	return rung;
}

test('call() returns at once, sends nothing in it, and then start before every candidate', async () => {
	const call = network.call('ben', { stream: stream('audio') });
	assert.deepEqual([call.state, methods()], ['new', []]);
	await settle();
	assert.deepEqual(methods(), ['call.start', 'call.candidate', 'call.candidate', 'call.candidate']);
	const { account, target, trickle, replace } = sent()[0].body;
	assert.deepEqual([account, target, trickle, replace, sent()[0].to], ['a1', 'ben', true, false, TARGET]);
	assert.equal(JSON.parse(sent()[3].body.candidate.payload).candidate, '', 'the end of candidates');
	assert.equal(sent()[1].body.candidate.type, 'WEBRTC_LEGACY');
});

test('an outgoing call goes pending, ringing, accepted, stream, in this order', async () => {
	const call = await outgoing();
	const log = follow(call);
	tell(call, 'candidate', { candidate: { type: 'WEBRTC_LEGACY', payload: '{"candidate":"early"}' } });
	for (const action of ['alive', 'ringing', 'alive', 'ringing']) tell(call, action);
	tell(call, 'accept', { sdp: sdp(), trickle: true });
	tell(call, 'accept', { sdp: sdp(), trickle: true });
	await settle();
	assert.deepEqual(log, ['pending', 'ringing', 'accepted', 'stream']);
	assert.equal(methods().filter(method => method === 'call.ack.accept').length, 1);
	assert.deepEqual(FakePeerConnection.all[0].candidates, ['early'], 'kept until the answer');
});

test('an end before the offer is ready sends nothing at all', async () => {
	const call = network.call('ben');
	call.end();
	await settle();
	assert.deepEqual([methods(), call.state, call.endedReason], [[], 'ended', 'canceled']);
});

test('end() is idempotent, its state and events are inside it, and one call.end leaves', async () => {
	const call = await outgoing();
	const log = follow(call);
	sent().length = 0;
	call.end('aborted');
	assert.deepEqual([call.state, log], ['ended', ['ended aborted']]);
	call.end();
	tell(call, 'accept', { sdp: sdp() });
	tell(call, 'ack.end');
	await settle();
	assert.deepEqual(log, ['ended aborted']);
	assert.deepEqual(sent().map(({ method, body }) => [method, body.reason, body.detail]), [['call.end', 'canceled', 'aborted']]);
	assert.ok(FakePeerConnection.all[0].closed);
});

test('an own word after the answer travels as normal', async () => {
	const call = await outgoing();
	tell(call, 'accept', { sdp: sdp() });
	await settle();
	call.end('bored');
	assert.deepEqual([sent().at(-1).body.reason, sent().at(-1).body.detail], ['normal', 'bored']);
});

test('an incoming call is alive and ringing at once, and knows who and what', async () => {
	const call = await incoming({ sdp: sdp('far', ['audio', 'video']) });
	assert.deepEqual(methods(), ['call.alive', 'call.ringing']);
	assert.deepEqual([call.peer.uri, call.media, call.origin], ['ben', { audio: true, video: true }, 'remote']);
});

test('accept sends the answer before its candidates, and no change before ack.accept', async () => {
	const call = await incoming();
	const log = follow(call);
	await call.accept({ stream: stream('audio', 'video') });
	assert.deepEqual(methods().slice(2), ['call.accept', 'call.candidate', 'call.candidate', 'call.candidate']);
	assert.deepEqual(log, ['accepted', 'stream']);
	sent().length = 0;
	tell(call, 'ack.accept');
	assert.deepEqual(methods(), ['call.change.lock'], 'the video nobody had offered');
});

test('a second accept is refused, and one that loses the race is quiet', async () => {
	const call = await incoming();
	const first = call.accept({ stream: stream('audio') });
	await assert.rejects(call.accept(), { name: 'InvalidStateError' });
	tell(call, 'end', { reason: 'answeredElsewhere' });
	await first;
	assert.equal(call.endedReason, 'answeredElsewhere');
	assert.deepEqual(methods(), ['call.alive', 'call.ringing', 'call.ack.end']);
});

test('an answer that cannot be applied ends the call for want of media', async () => {
	const call = await outgoing();
	const log = follow(call);
	tell(call, 'accept', { sdp: 'bad' });
	await settle();
	assert.deepEqual(log, ['error', 'ended mediaFailed']);
	assert.equal(sent().at(-1).body.reason, 'mediaFailed');
});

test('call.fullsdp brings its candidates', async () => {
	const call = await incoming({ trickle: false });
	tell(call, 'fullsdp', { sdp: `${sdp()}a=candidate:7 1 udp 1 192.0.2.1 9 typ host\r\n` });
	await call.accept({ stream: stream('audio') });
	assert.deepEqual(FakePeerConnection.all[0].candidates, ['candidate:7 1 udp 1 192.0.2.1 9 typ host']);
});

test('without trickle the whole description follows the start', async () => {
	client.options.trickle = false;
	await outgoing();
	assert.deepEqual(methods(), ['call.start', 'call.fullsdp']);
	assert.equal(sent()[0].body.trickle, false);
});

test('an offer of another connection gets a fresh one with the same tracks', async () => {
	const call = await outgoing();
	const log = follow(call);
	tell(call, 'accept', { sdp: sdp('first') });
	await settle();
	tell(call, 'change.lock');
	tell(call, 'change.offer', { sdp: sdp('second') });
	await settle();
	const [old, fresh] = FakePeerConnection.all;
	assert.ok(old.closed && !fresh.closed);
	assert.equal(fresh.getTransceivers()[0].sender.track, call.track('audio'));
	assert.deepEqual(log, ['accepted', 'stream', 'stream']);
	assert.ok(methods().includes('call.change.answer'));
});

test('mute needs no message; a new track of a known kind neither', async () => {
	const call = await outgoing();
	tell(call, 'accept', { sdp: sdp() });
	await settle();
	sent().length = 0;
	call.mute('audio', true);
	assert.equal(call.track('audio').enabled, false);
	const [track] = stream('audio').getTracks();
	assert.equal(await call.setTrack('audio', track), true);
	assert.equal(track.enabled, false, 'it stays muted');
	assert.deepEqual(methods(), []);
});

test('a refused start ends with the reason of its code; other refusals are told only', async () => {
	const call = await outgoing();
	const log = follow(call);
	const refuse = (method, code) => FakeWebSocket.last.tell('core.error', { code, message: 'no', ref: call.id, method });
	refuse('call.dtmf', 'notSupported');
	refuse('call.start', 'limitExceeded');
	assert.deepEqual(log, ['error', 'error', 'ended limitExceeded']);
	assert.equal(client.calls.size, 0);
});

test('an unknown call that ends is confirmed; any other word of it is ignored', () => {
	FakeWebSocket.last.tell('call.ringing', { id: 'ghost' }, { from: TARGET });
	FakeWebSocket.last.tell('call.end', { id: 'ghost', gcid: 'g', reason: 'normal' }, { from: TARGET });
	assert.deepEqual(sent().map(({ method, to }) => [method, to]), [['call.ack.end', TARGET]]);
});

test('calls end when the grace period does, and not before', async () => {
	const call = await outgoing();
	tell(call, 'accept', { sdp: sdp() });
	await settle();
	FakeWebSocket.last.lose();
	mock.timers.tick(29_900);
	assert.equal(call.state, 'accepted');
	mock.timers.tick(200);
	assert.deepEqual([call.state, call.endedReason], ['ended', 'connectionLost']);
});

test('a broken path is mended by an ICE restart, the creator first', async () => {
	const call = await outgoing();
	tell(call, 'accept', { sdp: sdp() });
	await settle();
	sent().length = 0;
	const [connection] = FakePeerConnection.all;
	connection.connectionState = 'failed';
	connection.onconnectionstatechange();
	mock.timers.tick(1);
	assert.equal(connection.restarts, 1);
	assert.ok(methods().includes('call.change.lock'));
	mock.timers.tick(45_000);
	assert.equal(call.endedReason, 'mediaFailed');
});

test('digits outside the keypad are refused by name', async () => {
	const call = await outgoing();
	assert.throws(() => call.sendDTMF('5x'), /digits/);
	call.sendDTMF('5a#');
	assert.equal(sent().at(-1).body.dtmf, '5A#');
});

test('fresh ICE servers reach live calls and later ones, also with a resume', async () => {
	await outgoing();
	const [connection] = FakePeerConnection.all;
	const server = username => ({ urls: ['turn:engine'], username, credential: 'x' });
	FakeWebSocket.last.tell('session.iceservers', { iceServers: [server('later')] }, { seq: 1 });
	assert.deepEqual([client.iceServers, connection.configuration.iceServers], [[server('later')], [server('later')]]);
	FakeWebSocket.last.lose();
	mock.timers.tick(300);
	FakeWebSocket.last.validate({ resumed: true, iceServers: [server('last')] });
	assert.deepEqual(connection.configuration.iceServers, [server('last')]);
	connection.setConfiguration = () => { throw new DOMException('no', 'InvalidModificationError'); };
	FakeWebSocket.last.tell('session.iceservers', { iceServers: [] }, { seq: 2 });
	await outgoing();
	assert.deepEqual(FakePeerConnection.all[1].configuration.iceServers, []);
});

test('a connection that refuses a configuration is restarted all the same, and again', async () => {
	const call = await outgoing();
	tell(call, 'accept', { sdp: sdp() });
	await settle();
	const [connection] = FakePeerConnection.all;
	connection.setConfiguration = () => { throw new DOMException('no', 'InvalidModificationError'); };
	connection.connectionState = 'failed';
	connection.onconnectionstatechange();
	mock.timers.tick(1);
	mock.timers.tick(8_000);
	assert.equal(connection.restarts, 2);
});

test('an accept that comes after the caller has cancelled resolves and says nothing', async () => {
	const call = await incoming();
	tell(call, 'end', { reason: 'canceled' });
	sent().length = 0;
	assert.equal(await call.accept({ stream: stream('audio') }), undefined);
	assert.deepEqual([call.endedReason, methods()], ['canceled', []]);
});
