/**
 * The chosen microphone, camera and speaker; devices that vanish and return.
 * @module
 */

import { listDevices, openMedia, watchDevices } from '/sdk/rtc-engine.js';
import { byId, toast } from './dom.js';

const KINDS = /** @type {const} */ (['microphones', 'cameras', 'speakers']);
const KEY = 'device.';

/** @typedef {'audio' | 'video'} Kind */

export class Devices {
	/** @type {(kind: Kind) => void} set by the phone: another device was chosen or the one in use has gone */
	onChange = () => {};
	#level = new Level();
	/** @type {Set<string>} */ #known = new Set();

	/** @param {AbortSignal} signal signed out */
	constructor(signal) {
		const dialog = /** @type {HTMLDialogElement} */ (byId('settings'));
		byId('open-settings').onclick = () => this.#open(dialog);
		dialog.addEventListener('close', () => this.#level.stop(), { signal });
		for (const kind of KINDS) {
			select(kind).onchange = () => this.#choose(kind);
		}
		byId('speakers-label').hidden = !('setSinkId' in HTMLMediaElement.prototype);
		watchDevices(() => this.#changed(), { signal });
		this.#list();
	}

	/**
	 * Opens what is chosen; without the chosen device, any.
	 * @param {{audio?: boolean, video?: boolean}} wanted
	 */
	open({ audio = false, video = false }) {
		const chosen = (/** @type {string} */ kind) => {
			const id = localStorage.getItem(KEY + kind);
			return id ? { deviceId: { ideal: id } } : {};
		};
		return openMedia({
			audio: audio && { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...chosen('microphones') },
			video: video && { width: { ideal: 1280 }, height: { ideal: 720 }, ...chosen('cameras') },
		});
	}

	/** Tells when the device behind a track is pulled out. @param {MediaStreamTrack} track */
	watch(track) {
		track.addEventListener('ended', () => {
			toast(track.kind === 'audio' ? 'The microphone was disconnected.' : 'The camera was disconnected.');
			this.onChange(/** @type {Kind} */ (track.kind));
		});
	}

	/** @param {HTMLDialogElement} dialog */
	async #open(dialog) {
		dialog.showModal();
		try {
			await this.#level.start(await this.open({ audio: true }));
		} catch (error) {
			toast(error instanceof Error ? error.message : String(error));
		}
		if (!dialog.open) this.#level.stop();
		this.#list();
	}

	async #list() {
		const devices = await listDevices();
		for (const kind of KINDS) {
			const chosen = localStorage.getItem(KEY + kind) ?? '';
			const options = devices[kind].map((device, index) => new Option(device.label || `${kind.slice(0, -1)} ${index + 1}`, device.deviceId));
			select(kind).replaceChildren(...(options.length ? options : [new Option('Asked for at the first call', '')]));
			if (options.some(option => option.value === chosen)) select(kind).value = chosen;
		}
		return devices;
	}

	/** @param {typeof KINDS[number]} kind */
	#choose(kind) {
		localStorage.setItem(KEY + kind, select(kind).value);
		if (kind === 'speakers') return this.route();
		this.onChange(kind === 'microphones' ? 'audio' : 'video');
	}

	/** Sends the far end's sound to the chosen speaker. */
	route() {
		const sink = localStorage.getItem(`${KEY}speakers`);
		for (const id of ['remote', 'remote-audio']) {
			const element = /** @type {HTMLMediaElement} */ (byId(id));
			if (sink) element.setSinkId?.(sink).catch(() => {});
		}
	}

	/** A device came or went: one that was chosen and is back is taken up again. */
	async #changed() {
		const devices = await this.#list();
		const now = new Set([...devices.microphones, ...devices.cameras].map(device => device.deviceId));
		for (const [kind, key] of /** @type {[Kind, string][]} */ ([['audio', 'microphones'], ['video', 'cameras']])) {
			const chosen = localStorage.getItem(KEY + key);
			if (!chosen || this.#known.has(chosen) || !now.has(chosen) || this.#known.size === 0) continue;
			toast(kind === 'audio' ? 'Your microphone is back.' : 'Your camera is back.');
			this.onChange(kind);
		}
		this.#known = now;
	}
}

/** The microphone's level while the dialog is open. */
class Level {
	/** @type {MediaStream | undefined} */ #stream;
	/** @type {AudioContext | undefined} */ #context;

	/** @param {MediaStream} stream */
	async start(stream) {
		this.stop();
		this.#stream = stream;
		const context = new AudioContext();
		this.#context = context;
		const analyser = new AnalyserNode(context, { fftSize: 512 });
		context.createMediaStreamSource(stream).connect(analyser);
		const samples = new Float32Array(analyser.fftSize);
		const meter = /** @type {HTMLMeterElement} */ (byId('level'));
		const draw = () => {
			if (context.state === 'closed') return;
			analyser.getFloatTimeDomainData(samples);
			meter.value = Math.min(1, 4 * Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length));
			requestAnimationFrame(draw);
		};
		draw();
	}

	stop() {
		for (const track of this.#stream?.getTracks() ?? []) track.stop();
		this.#context?.close().catch(() => {});
		this.#stream = this.#context = undefined;
	}
}

/** @param {string} kind */
const select = kind => /** @type {HTMLSelectElement} */ (byId(kind));
