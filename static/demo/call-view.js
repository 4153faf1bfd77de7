/**
 * What a call looks like. It shows a call and turns clicks into the phone's actions;
 * it decides nothing.
 * @module
 */

import { byId, clock, initials, show } from './dom.js';
import { isPhone, takesPictures } from './networks.js';
import { keyTone } from './ring.js';
import { Silence } from './silence.js';
import { nameOf } from './words.js';

/** @typedef {import('/sdk/rtc-engine.js').Call} Call */

/**
 * @typedef {object} Actions
 * @property {() => void} mute
 * @property {() => void} camera
 * @property {() => void} screen
 * @property {() => void} hold
 * @property {() => void} hangUp
 * @property {(digit: string) => void} dtmf
 * @property {(target: string) => void} transfer
 */

const LETTERS = ['', 'abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs', 'tuv', 'wxyz', '', '', ''];
const KEYS = '123456789*0#';
const SHORTCUTS = /** @type {Record<string, string>} */ ({ m: 'mute', v: 'camera', s: 'screen', h: 'hold', k: 'pad', t: 'transfer' });

const remote = /** @type {HTMLVideoElement} */ (byId('remote'));
const remoteAudio = /** @type {HTMLAudioElement} */ (byId('remote-audio'));
const self = /** @type {HTMLVideoElement} */ (byId('self'));

export class CallView {
	#actions;
	/** @type {Call | null} */ #call = null;
	#answeredAt = 0;
	#isReclaimed = false;
	#silence = new Silence();
	#isSilent = false;
	/** How a transfer is going. */ #handing = '';
	/** @type {ReturnType<typeof setInterval> | undefined} */ #timer;

	/** @param {Actions} actions @param {AbortSignal} signal signed out */
	constructor(actions, signal) {
		this.#actions = actions;
		byId('mute').onclick = actions.mute;
		byId('camera').onclick = actions.camera;
		byId('screen').onclick = actions.screen;
		byId('hold').onclick = actions.hold;
		byId('hang-up').onclick = actions.hangUp;
		byId('pad').onclick = () => this.#togglePad();
		byId('transfer').onclick = () => this.#toggleTransfer();
		byId('transfer-form').onsubmit = event => this.#submitTransfer(event);
		byId('keys').replaceChildren(...[...KEYS].map((key, index) => this.#key(key, LETTERS[index])));
		document.addEventListener('keydown', event => this.#onKey(event), { signal });
	}

	/**
	 * @param {Call} call
	 * @param {{since?: number, isReclaimed?: boolean}} [before] what the page before a reload leaves: when the call was answered, ms since 1970
	 */
	open(call, { since = 0, isReclaimed = false } = {}) {
		this.#call = call;
		this.#answeredAt = since;
		this.#silence = new Silence();
		this.#isSilent = false;
		this.#isReclaimed = isReclaimed;
		byId('dialled').textContent = '';
		this.#handing = '';
		this.#showPad(false);
		this.#showTransfer(false);
		byId('quality').hidden = true;
		byId('timer').hidden = true;
		show('call');
		this.refresh();
		byId('call-title').focus();
	}

	close() {
		this.#call = null;
		clearInterval(this.#timer);
		this.#timer = undefined;
		remote.srcObject = remoteAudio.srcObject = self.srcObject = null;
		remote.hidden = self.hidden = true;
	}

	/** When the call was answered, ms since 1970; 0 before. */
	get answeredAt() {
		return this.#answeredAt;
	}

	/** Seconds since the answer. */
	get seconds() {
		return this.#answeredAt ? Math.floor((Date.now() - this.#answeredAt) / 1000) : 0;
	}

	refresh() {
		const call = this.#call;
		if (!call) return;
		const name = nameOf(call.peer);
		byId('peer-name').textContent = name;
		byId('call-title').textContent = `Call with ${name}`;
		byId('initials').textContent = initials(name);
		byId('call-state').textContent = this.#sentence(call, name);
		byId('stage').dataset.state = call.state;
		byId('stage').toggleAttribute('data-held', call.held.local || call.held.remote);
		byId('stage').toggleAttribute('data-silent', this.#isSilent);
		const accepted = call.state === 'accepted';
		if (accepted && this.#timer === undefined) this.#startTimer();
		press('mute', call.muted.audio, call.muted.audio ? 'Unmute' : 'Mute');
		press('hold', call.held.local, call.held.local ? 'Resume' : 'Hold');
		byId('hold').querySelector('use')?.setAttribute('href', call.held.local ? '#i-resume' : '#i-hold');
		for (const id of ['hold', 'pad', 'screen', 'camera']) byId(id).toggleAttribute('disabled', !accepted);
		byId('transfer').toggleAttribute('disabled', !accepted || this.#handing !== '');
		byId('transfer').hidden = !isPhone(call);
		byId('camera').hidden = !takesPictures(call);
		byId('screen').hidden = !takesPictures(call) || !navigator.mediaDevices?.getDisplayMedia;
		if (call.held.local || call.held.remote) byId('quality').hidden = true;
	}

	/** @param {string} text how a transfer is going; empty: it is over */
	showHanding(text) {
		this.#handing = text;
		this.refresh();
	}

	/** @param {MediaStream | null} stream */
	showRemote(stream) {
		const hasVideo = (stream?.getVideoTracks().length ?? 0) > 0;
		remote.hidden = !hasVideo;
		byId('portrait').hidden = hasVideo;
		remote.srcObject = hasVideo ? stream : null;
		remoteAudio.srcObject = hasVideo ? null : stream;
	}

	/** @param {MediaStreamTrack | null} track @param {boolean} isScreen */
	showSelf(track, isScreen) {
		self.hidden = track === null;
		self.srcObject = track && new MediaStream([track]);
		self.classList.toggle('screen', isScreen);
		press('camera', track !== null && !isScreen, 'Camera');
		press('screen', track !== null && isScreen, isScreen ? 'Stop' : 'Share');
	}

	#startTimer() {
		this.#answeredAt ||= Date.now();
		byId('timer').hidden = false;
		const tick = () => {
			byId('timer').textContent = clock(this.seconds);
			void this.#listen();
			if (this.seconds % 2 === 1) void this.#showQuality();
		};
		tick();
		this.#timer = setInterval(tick, 1_000);
	}

	/** Says when nothing comes from the far end any more. */
	async #listen() {
		const call = this.#call;
		if (!call) return;
		const isSilent = await this.#silence.lasts(call);
		if (this.#call !== call || this.#isSilent === isSilent) return;
		this.#isSilent = isSilent;
		if (isSilent) {
			byId('meter').dataset.verdict = 'none';
			byId('quality-text').textContent = 'Nothing arrives';
		}
		this.refresh();
	}

	async #showQuality() {
		const quality = await this.#call?.quality();
		if (!quality || !this.#call || this.#isSilent || this.#call.held.local || this.#call.held.remote) return;
		byId('quality').hidden = false;
		byId('meter').dataset.verdict = quality.verdict;
		const { picture } = quality;
		byId('quality-text').textContent = [
			`Loss ${quality.loss} %`, `jitter ${quality.jitter} ms`,
			quality.rtt === null ? '' : `round trip ${quality.rtt} ms`,
			quality.codec && codecName(quality.codec),
			picture && `${picture.width} × ${picture.height}`,
		].filter(Boolean).join(' · ');
	}

	#togglePad() {
		const isOpen = Boolean(byId('keypad').hidden);
		this.#showPad(isOpen);
		this.#showTransfer(false);
		if (isOpen) byId('keys').querySelector('button')?.focus();
		else byId('pad').focus();
	}

	/** @param {boolean} isOpen */
	#showPad(isOpen) {
		byId('keypad').hidden = !isOpen;
		byId('pad').setAttribute('aria-expanded', String(isOpen));
	}

	#toggleTransfer() {
		const isOpen = Boolean(byId('transfer-form').hidden);
		this.#showTransfer(isOpen);
		this.#showPad(false);
		byId(isOpen ? 'transfer-target' : 'transfer').focus();
	}

	/** @param {boolean} isOpen */
	#showTransfer(isOpen) {
		byId('transfer-form').hidden = !isOpen;
		byId('transfer').setAttribute('aria-expanded', String(isOpen));
	}

	/** @param {Event} event */
	#submitTransfer(event) {
		event.preventDefault();
		const form = /** @type {HTMLFormElement} */ (byId('transfer-form'));
		const target = String(new FormData(form).get('target')).trim();
		if (!target) return byId('transfer-target').focus();
		form.reset();
		this.#toggleTransfer();
		this.#actions.transfer(target);
	}

	/** @param {string} key @param {string} letters */
	#key(key, letters) {
		const button = document.createElement('button');
		const small = document.createElement('small');
		button.type = 'button';
		small.textContent = letters.toUpperCase();
		button.append(key, small);
		button.onclick = () => this.#press(key);
		return button;
	}

	/** @param {string} key */
	#press(key) {
		keyTone(key);
		byId('dialled').textContent += key;
		this.#actions.dtmf(key);
	}

	/** @param {KeyboardEvent} event */
	#onKey(event) {
		if (this.#call && !byId('transfer-form').hidden && event.key === 'Escape') return this.#toggleTransfer();
		const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
		if (!this.#call || typing || event.ctrlKey || event.metaKey || event.altKey) return;
		if (document.querySelector('dialog[open]')) return;
		if (!byId('keypad').hidden && event.key === 'Escape') return this.#togglePad();
		if (!byId('keypad').hidden && KEYS.includes(event.key)) return this.#press(event.key);
		const id = SHORTCUTS[event.key.toLowerCase()];
		if (!id || byId(id).hidden) return;
		event.preventDefault();
		byId(id).click();
	}

	/** @param {Call} call @param {string} name */
	#sentence(call, name) {
		if (this.#isReclaimed && (call.state === 'new' || call.state === 'pending' || call.state === 'ringing')) return 'Taking your call up again …';
		if (this.#isSilent && call.state === 'accepted' && !call.held.local && !call.held.remote) return `Waiting for ${name} …`;
		return (call.state === 'accepted' && this.#handing) || sentence(call);
	}
}

/** @param {string} codec as SDP writes it */
const codecName = codec => (/^opus$/i.test(codec) ? 'Opus' : codec.toUpperCase());

/** @param {string} id @param {boolean} on @param {string} label */
function press(id, on, label) {
	const button = byId(id);
	button.setAttribute('aria-pressed', String(on));
	const text = button.querySelector('span');
	if (text) text.textContent = label;
}

/** @param {Call} call */
function sentence(call) {
	switch (call.state) {
		case 'new': return 'Calling …';
		case 'pending': return 'Connecting …';
		case 'ringing': return call.origin === 'local' ? 'Ringing …' : 'Incoming call';
		case 'ended': return 'Ended';
		case 'accepted':
			if (call.held.local) return 'On hold';
			return call.held.remote ? 'You are on hold' : '';
	}
}
