import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { FakePeerConnection, FakeWebSocket, reset, sdp, settle, stream, TARGET } from './fakes.js';

Object.assign(globalThis, { WebSocket: FakeWebSocket, RTCPeerConnection: FakePeerConnection });
await import('../../../../static/classic/cdk-prod.js');
const { cdk } = globalThis;

let client;
let log;

beforeEach(async () => {
	mock.timers.reset();
	mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
	reset();
	log = [];
	client = new cdk.Client({ url: 'ws://engine/rtc/api', userSession: 'token' });
	client.onConnect(() => log.push('client')).onDisconnect(() => log.push(`gone ${client.disconnectReason}`));
	await settle();
});

const tell = (id, action, body = {}) => FakeWebSocket.last.tell(`call.${action}`, { id, gcid: 'g', ...body }, { from: TARGET });
const registered = () => FakeWebSocket.last.tell('account.state', { id: 'a1', state: 'connected', reason: 'ok' }, { from: TARGET });

function follow(call) {
	for (const name of ['onPending', 'onRingingStart', 'onRingingStop', 'onAccepted', 'onRemoteMedia', 'onRemoteMediaEnded', 'onEnded', 'onError']) {
		assert.equal(call[name](() => log.push(name)), call, 'chainable');
	}
	return call;
}

test('the network is there inside onConnect, and connects after the client, asynchronously', async () => {
	client.onConnect(() => client.getNetworkByTag('webrtc').onConnect(() => log.push('network')));
	FakeWebSocket.last.validate();
	await settle();
	assert.deepEqual(log, ['client']);
	registered();
	assert.deepEqual(log, ['client', 'network']);
	let inside = true;
	client.getNetworkByTag('webrtc').onConnect(() => log.push(inside ? 'too soon' : 'late'));
	inside = false;
	await settle();
	registered();
	assert.deepEqual(log, ['client', 'network', 'late'], 'each listener once');
	assert.equal(client.getNetworkByTag('webrtc'), client.getNetworkByTag('webrtc'));
	assert.equal(client.getNetworkByTag('no'), undefined);
});

test('a resume is nobody’s business; a socket that does not come back is onDisconnect', () => {
	FakeWebSocket.last.validate();
	FakeWebSocket.last.lose();
	mock.timers.tick(300);
	FakeWebSocket.last.validate({ resumed: true });
	assert.deepEqual(log, ['client']);
	FakeWebSocket.last.lose();
	for (let ms = 0; ms < 31_000; ms += 5_000) {
		mock.timers.tick(5_000);
		FakeWebSocket.last.lose();
	}
	assert.deepEqual(log, ['client', 'gone connectionLost']);
});

test('an engine that has forgotten the device is onDisconnect, not a second onConnect', () => {
	FakeWebSocket.last.validate();
	FakeWebSocket.last.lose();
	mock.timers.tick(300);
	FakeWebSocket.last.validate({ client: 'c2' });
	assert.deepEqual(log, ['client', 'gone connectionLost']);
});

test('an engine that is not there is onDisconnect at once', () => {
	FakeWebSocket.last.lose();
	assert.deepEqual(log, ['gone connectionLost']);
});

test('outgoing: no event inside call(), ringing stops once, accepted before media, ended last', async () => {
	FakeWebSocket.last.validate();
	registered();
	log.length = 0;
	const call = follow(client.getNetworkByTag('webrtc').call(4711, { localMediaStream: stream('audio') }));
	assert.deepEqual([log, call.state, call.peer, call.origin], [[], 'new', '4711', 'local']);
	await settle();
	for (const action of ['alive', 'ringing', 'ringing']) tell(call.id, action);
	tell(call.id, 'accept', { sdp: sdp() });
	await settle();
	tell(call.id, 'end', { reason: 'normal' });
	assert.deepEqual(log, ['onPending', 'onRingingStart', 'onRingingStop', 'onAccepted', 'onRemoteMedia', 'onRemoteMediaEnded', 'onEnded']);
	assert.equal(call.endedReason, 'normal');
});

test('a call that is declined while it rings stops ringing just before it ends', async () => {
	FakeWebSocket.last.validate();
	const call = follow(client.getNetworkByTag('webrtc').call('ben'));
	await settle();
	tell(call.id, 'ringing');
	log.length = 0;
	tell(call.id, 'end', { reason: 'declined' });
	assert.deepEqual(log, ['onRingingStop', 'onEnded']);
});

test('accept takes both forms, twice is once, and a listener that throws hurts nobody', async () => {
	const reported = [];
	globalThis.reportError = error => reported.push(error.message);
	FakeWebSocket.last.validate();
	for (const wrap of [one => ({ localMediaStream: one }), one => one]) {
		client.getNetworkByTag('webrtc').onIncomingCall(() => { throw new Error('the page’s own'); });
		const rung = new Promise(resolve => client.getNetworkByTag('webrtc').onIncomingCall(resolve));
		tell(`leg${log.length}`, 'start', { account: 'a1', trickle: true, sdp: sdp(), peer: { uri: 'ben' } });
		const call = await rung;
		const media = stream('audio');
		await Promise.all([call.accept(wrap(media)), call.accept(wrap(media))]);
		assert.equal(FakePeerConnection.all.at(-1).getTransceivers()[0].sender.track, media.getTracks()[0]);
		log.push('accepted');
	}
	assert.deepEqual(new Set(reported), new Set(['the page’s own']));
});

test('conferences say that there are none', async () => {
	FakeWebSocket.last.validate();
	const network = client.getNetworkByTag('webrtc');
	await assert.rejects(network.joinConference({ conferenceName: 'room' }), /Conferences are not available/);
	assert.equal(await network.leaveConference(), undefined);
	assert.equal(network.onConferenceEnded(() => {}), network);
});

test('an accept that the caller’s cancel overtakes resolves', async () => {
	FakeWebSocket.last.validate();
	const rung = new Promise(resolve => client.getNetworkByTag('webrtc').onIncomingCall(resolve));
	tell('leg', 'start', { account: 'a1', trickle: true, sdp: sdp(), peer: { uri: 'ben' } });
	const call = await rung;
	tell('leg', 'end', { reason: 'canceled' });
	assert.equal(await call.accept({ localMediaStream: stream('audio') }), undefined);
	assert.equal(call.endedReason, 'canceled');
});
