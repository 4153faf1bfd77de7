/**
 * The one call of this page: made, received, taken up again after a reload.
 * @module
 */

import { MediaError, openScreen } from '/sdk/rtc-engine.js';
import { byId, clock, initials, show, toast, untoast } from './dom.js';
import { forgetCall, noteCall, notedCall } from './call-note.js';
import { CallView } from './call-view.js';
import { Devices } from './devices.js';
import { History } from './history.js';
import { addressOn, mainNetwork, networkFor, takesPictures } from './networks.js';
import { announce, withdraw } from './notify.js';
import { hush, ring, ringBack, unlock } from './ring.js';
import { bare, nameOf, sayEnd, sayRefusal, sayWhy } from './words.js';

/** @typedef {import('/sdk/rtc-engine.js').Call} Call */
/** @typedef {import('/sdk/rtc-engine.js').Client} Client */

/** How many of the far end's keys are shown. */
const MAX_KEYS = 24;

export class Phone {
	#client; #devices; #history; #view;
	/** @type {Call | null} */ #call = null;
	/** @type {Call | null} */ #incoming = null;
	#sharing = false;
	/** The camera was on before the screen was shared. */ #hadCamera = false;
	/** Whom the call is being handed to. */ #handedTo = '';
	/** What the page before a reload knew of the call. @type {import('./call-note.js').CallNote | null} */ #note = null;

	/** @param {Client} client */
	constructor(client) {
		const gone = new AbortController();
		client.on('disconnected', () => gone.abort());
		this.#client = client;
		this.#devices = new Devices(gone.signal);
		this.#history = new History(mainNetwork(client)?.identifier ?? '', (peer, video) => this.dial(peer, video));
		this.#view = new CallView({
			mute: () => this.#mute(),
			camera: () => this.#toggleCamera(),
			screen: () => this.#toggleScreen(),
			hold: () => void (this.#call?.held.local ? this.#call.resume() : this.#call?.hold()),
			hangUp: () => this.#call?.end(),
			dtmf: digit => this.#call?.sendDTMF(digit),
			transfer: target => this.#transfer(target),
		}, gone.signal);
		this.#devices.onChange = kind => this.#changeDevice(kind);
		for (const network of client.networks) network.on('call', call => this.#ring(call));
		byId('accept').onclick = () => this.#answer(false);
		byId('accept-video').onclick = () => this.#answer(true);
		byId('decline').onclick = () => this.#incoming?.end(this.#call ? 'busy' : 'declined');
		const form = /** @type {HTMLFormElement} */ (byId('dial-form'));
		form.onsubmit = event => {
			event.preventDefault();
			const target = String(new FormData(form).get('target')).trim();
			const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
			if (target) this.dial(target, button?.value === 'video');
			else byId('target').focus();
		};
		this.#goHome();
		const [lost] = client.reclaimable;
		if (lost) this.#reclaim(lost);
	}

	/** @param {string} target @param {boolean} video */
	async dial(target, video) {
		unlock();
		byId('dial-error').textContent = '';
		const network = networkFor(this.#client, target);
		if (!network) return;
		if (target === network.identifier) return this.#complain('This is your own name.');
		const stream = await this.#media(video);
		if (!stream || this.#call) return this.#stop(stream);
		this.#take(network.call(addressOn(network, target), { stream }), stream);
		if (this.#call) ringBack();
	}

	/** @param {import('/sdk/reclaim.js').Entry} entry */
	async #reclaim(entry) {
		const network = this.#client.networks.find(({ id }) => id === entry.account);
		if (!network) return;
		const name = entry.name || bare(entry.peer);
		toast(`Taking your call with ${name} up again …`);
		const stream = await this.#media(entry.video);
		if (!stream) return untoast();
		if (this.#call) return this.#stop(stream);
		this.#note = notedCall(entry.gcid);
		const call = network.reclaim(entry, { stream });
		this.#take(call, stream, true);
		let isBack = false;
		const tell = () => {
			if (isBack || call.state !== 'accepted' || call.connection?.connectionState !== 'connected') return;
			isBack = true;
			toast('Your call was taken up again.');
		};
		call.on('accepted', tell);
		call.on('media', tell);
		call.on('ended', ({ reason }) => isBack || reason === 'canceled' || this.#complain(`Your call with ${name} could not be taken up again.`));
	}

	/** @param {Call} call */
	#ring(call) {
		if (this.#incoming) return call.end('busy');
		this.#incoming = call;
		const name = nameOf(call.peer);
		byId('incoming-name').textContent = name;
		byId('incoming-initials').textContent = initials(name);
		byId('incoming-what').textContent = (call.media.video ? 'Incoming video call' : 'Incoming call') + (this.#call ? ' · answering ends this one' : '');
		byId('incoming-error').textContent = '';
		byId('accept-video').hidden = !takesPictures(call);
		byId('incoming').hidden = false;
		byId('accept').focus();
		announce(`${name} is calling`);
		ring();
		call.on('ended', ({ reason }) => this.#incoming === call && this.#missed(call, reason));
	}

	/** @param {Call} call @param {string} reason */
	#missed(call, reason) {
		this.#stopRinging();
		const declined = reason === 'declined' || reason === 'busy' || reason === 'answeredElsewhere';
		this.#history.add({ peer: call.peer.uri, way: declined ? 'in' : 'missed', video: call.media.video, at: Date.now(), seconds: 0, reason });
		if (reason === 'answeredElsewhere') toast(sayWhy(reason, nameOf(call.peer)));
		if (!this.#call) byId('target').focus();
	}

	#stopRinging() {
		this.#incoming = null;
		byId('incoming').hidden = true;
		withdraw();
		hush();
	}

	/** @param {boolean} video */
	async #answer(video) {
		const call = this.#incoming;
		if (!call) return;
		unlock();
		const stream = await this.#media(video);
		if (!stream) return;
		if (this.#incoming !== call) return this.#stop(stream);
		this.#stopRinging();
		this.#call?.end();
		this.#take(call, stream);
		call.accept({ stream }).catch(error => toast(error.message));
	}

	/** @param {Call} call @param {MediaStream} stream @param {boolean} [isReclaimed] */
	#take(call, stream, isReclaimed = false) {
		this.#call = call;
		this.#sharing = this.#hadCamera = false;
		this.#handedTo = '';
		if (!isReclaimed) this.#note = null;
		byId('dial-error').textContent = '';
		let keys = '', refusal = '';
		for (const track of stream.getTracks()) this.#devices.watch(track);
		this.#view.open(call, { since: this.#note?.at, isReclaimed });
		this.#view.showRemote(null);
		this.#view.showSelf(stream.getVideoTracks()[0] ?? null, false);
		this.#devices.route();
		const refresh = () => this.#view.refresh();
		for (const type of /** @type {const} */ (['state', 'hold', 'peer'])) call.on(type, refresh);
		call.on('accepted', () => this.#accepted(call));
		call.on('early', stream => {
			hush();
			this.#view.showRemote(stream);
		});
		call.on('stream', stream => this.#view.showRemote(stream));
		call.on('streamended', () => this.#view.showRemote(null));
		call.on('dtmf', ({ digits }) => {
			keys = (keys + digits).slice(-MAX_KEYS);
			toast(`Keys from the far end: ${keys}`);
		});
		call.on('error', error => {
			if (error.method === 'call.start') refusal = sayRefusal(error, call.network);
			else if (error.method === 'call.transfer') this.#transferFailed(`${error.message}.`);
			else toast(error.message);
		});
		call.on('transfer', ({ state, reason }) => {
			if (state === 'trying') this.#view.showHanding(`Transferring to ${this.#handedTo} …`);
			else if (state === 'ringing') this.#view.showHanding(`Transferring, ${this.#handedTo} is ringing …`);
			else if (state === 'failed') this.#transferFailed(sayWhy(reason ?? 'unavailable', this.#handedTo));
		});
		call.on('ended', ({ reason, detail }) => this.#ended(call, reason, refusal, detail));
	}

	/** @param {Call} call */
	#accepted(call) {
		hush();
		this.#note ??= { gcid: call.gcid, at: this.#view.answeredAt, way: call.origin === 'local' ? 'made' : 'in', video: call.media.video };
		noteCall(this.#note);
	}

	/** @param {Call} call @param {string} reason @param {string} refusal why the engine refused it, or empty @param {string} [detail] */
	#ended(call, reason, refusal, detail) {
		if (this.#call !== call) return;
		const { answeredAt, seconds } = this.#view;
		const name = nameOf(call.peer);
		hush();
		untoast();
		forgetCall();
		for (const kind of /** @type {const} */ (['audio', 'video'])) call.track(kind)?.stop();
		this.#history.add({
			peer: call.peer.uri, way: this.#note?.way ?? (call.origin === 'local' ? 'made' : 'in'), video: this.#note?.video ?? call.media.video,
			at: Date.now(), seconds: answeredAt ? Math.max(1, seconds) : 0, reason: refusal ? 'refused' : reason,
		});
		this.#call = null;
		this.#view.close();
		this.#goHome();
		if (reason === 'normal' && answeredAt) toast(`Call ended, ${clock(seconds)}`);
		if (reason === 'transferred') toast(detail ? `The call was transferred: ${detail}.` : `${name} was transferred${this.#handedTo && ` to ${this.#handedTo}`}.`);
		else if (reason !== 'normal' && reason !== 'canceled') {
			byId('dial-error').textContent = refusal || (answeredAt ? sayEnd(reason, name, detail) : sayWhy(reason, name));
		}
	}

	#goHome() {
		show('home');
		const target = /** @type {HTMLInputElement} */ (byId('target'));
		target.focus();
		target.select();
	}

	/** @param {string} target */
	#transfer(target) {
		this.#handedTo = bare(target);
		this.#view.showHanding(`Transferring to ${this.#handedTo} …`);
		this.#call?.transfer(target);
	}

	/** @param {string} why */
	#transferFailed(why) {
		this.#view.showHanding('');
		toast(`The transfer did not work: ${why}`);
	}

	#mute() {
		this.#call?.mute('audio', !this.#call.muted.audio);
		this.#view.refresh();
	}

	async #toggleCamera() {
		const call = this.#call;
		if (!call) return;
		if (call.track('video') && !this.#sharing) return this.#show(call, null, false);
		const stream = await this.#media(true, false);
		if (stream) this.#show(call, stream.getVideoTracks()[0], false);
	}

	async #toggleScreen() {
		const call = this.#call;
		if (!call) return;
		const before = call.track('video');
		if (this.#sharing) return this.#unshare(call);
		try {
			const [track] = (await openScreen()).getVideoTracks();
			track.contentHint = 'detail';
			track.addEventListener('ended', () => call.track('video') === track && this.#unshare(call));
			this.#hadCamera = before !== null;
			this.#show(call, track, true);
		} catch {
			// The user thought better of it.
		}
	}

	/** Back to the camera, if that was on. @param {Call} call */
	async #unshare(call) {
		const screen = call.track('video');
		screen?.stop();
		const stream = this.#hadCamera ? await this.#media(true, false) : null;
		if (call.track('video') !== screen) return this.#stop(stream);
		this.#show(call, stream?.getVideoTracks()[0] ?? null, false);
	}

	/** Sends another picture, or none. @param {Call} call @param {MediaStreamTrack | null} track @param {boolean} isScreen */
	#show(call, track, isScreen) {
		if (this.#call !== call) return track?.stop();
		call.track('video')?.stop();
		this.#sharing = isScreen;
		if (track && !isScreen) this.#devices.watch(track);
		call.setTrack('video', track);
		this.#view.showSelf(track, isScreen);
	}

	/** @param {'audio' | 'video'} kind */
	async #changeDevice(kind) {
		const call = this.#call;
		if (!call?.track(kind) || (kind === 'video' && this.#sharing)) return;
		const stream = await this.#media(kind === 'video', kind === 'audio');
		const track = stream?.getTracks()[0] ?? null;
		if (kind === 'video') return this.#show(call, track, false);
		if (!track) return;
		call.track('audio')?.stop();
		this.#devices.watch(track);
		call.setTrack('audio', track);
	}

	/** @param {boolean} video @param {boolean} [audio] @returns {Promise<MediaStream | null>} */
	async #media(video, audio = true) {
		try {
			return await this.#devices.open({ audio, video });
		} catch (error) {
			const message = error instanceof Error ? error.message : String(error);
			if (video && audio) {
				const stream = await this.#media(false);
				if (stream) toast(`No camera: ${message}`);
				return stream;
			}
			this.#complain(error instanceof MediaError && error.reason === 'NotAllowedError' ? blocked(audio) : message);
			return null;
		}
	}

	/** Says what is wrong where the user looks. @param {string} text */
	#complain(text) {
		if (this.#incoming) byId('incoming-error').textContent = text;
		else if (this.#call) toast(text);
		else byId('dial-error').textContent = text;
	}

	/** @param {MediaStream | null} stream */
	#stop(stream) {
		for (const track of stream?.getTracks() ?? []) track.stop();
	}
}

/** @param {boolean} audio */
const blocked = audio => `The ${audio ? 'microphone' : 'camera'} is blocked for this page. `
	+ 'Allow it with the sign beside the address above, then try again.';
