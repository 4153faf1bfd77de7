/**
 * The stream object of the classic interface, local and remote.
 * @module
 */

import { Listeners } from './events.js';

export class Stream {
	/** @type {MediaStream | null} */ #media = null;
	#listeners = new Listeners();
	#local;

	/** @param {MediaStream | null} media @param {boolean} local whether stop() may stop the tracks */
	constructor(media, local) {
		this.#local = local;
		this.use(media);
	}

	getStream() {
		return this.#media;
	}

	hasAudio() {
		return (this.#media?.getAudioTracks().length ?? 0) > 0;
	}

	hasVideo() {
		return (this.#media?.getVideoTracks().length ?? 0) > 0;
	}

	/** Stops what was captured. Twice is once; no listener hears of it. */
	stop() {
		if (this.#local) for (const track of this.#media?.getTracks() ?? []) track.stop();
	}

	/** The end came from outside: a device was pulled out, the far end's media ended. @param {() => void} listener */
	onEnded(listener) {
		this.#listeners.add('onEnded', listener);
		return this;
	}

	/** @param {() => void} listener */
	onVideoEnded(listener) {
		this.#listeners.add('onVideoEnded', listener);
		return this;
	}

	/** @param {MediaStream | null} media @internal */
	use(media) {
		this.#media = media;
		// `ended` comes only for ends from outside, never after track.stop().
		for (const track of media?.getTracks() ?? []) {
			track.addEventListener('ended', () => this.#media === media && this.#trackEnded(track));
		}
	}

	/** The far end's media is over. @internal */
	over() {
		this.#listeners.fire('onEnded');
	}

	/** @param {MediaStreamTrack} track */
	#trackEnded(track) {
		if (track.kind === 'video') this.#listeners.fire('onVideoEnded');
		if (this.#media?.getTracks().every(one => one.readyState === 'ended')) this.#listeners.fire('onEnded');
	}
}

/**
 * Whatever an application hands over as its local stream.
 * @param {any} given a stream object, a MediaStream, or `{localMediaStream}` of either
 * @returns {MediaStream | undefined}
 */
export function mediaOfArgument(given) {
	const stream = given?.localMediaStream ?? given;
	if (stream instanceof MediaStream) return stream;
	return typeof stream?.getStream === 'function' ? (stream.getStream() ?? undefined) : undefined;
}
