/**
 * A call as the classic interface shows it.
 * @module
 */

import { Listeners } from './events.js';
import { Stream, mediaOfArgument } from './stream.js';

/** @import { Call as CoreCall } from '../../sdk/call.js' */
/** @import { Network } from './network.js' */

export class Call {
	#core; #network;
	#listeners = new Listeners();
	#rang = false;
	/** @type {Stream | null} */ #remote = null;
	/** @type {Promise<void> | null} */ #accepting = null;

	/** @param {CoreCall} core @param {Network} network @internal */
	constructor(core, network) {
		this.#core = core;
		this.#network = network;
		if (core.origin === 'local') this.#followOutgoing();
		core.on('stream', media => {
			this.#remote = new Stream(media, false);
			this.#listeners.fire('onRemoteMedia', this.#remote);
		});
		core.on('streamended', () => {
			this.#remote?.over();
			this.#remote = null;
			this.#listeners.fire('onRemoteMediaEnded');
		});
		core.on('error', error => this.#listeners.fire('onError', Object.assign(new Error(error.message), { name: error.code })));
		core.on('ended', ({ reason }) => {
			this.#stopRinging();
			this.#listeners.fire('onEnded', reason);
		});
	}

	get id() { return this.#core.id; }
	get gcid() { return this.#core.gcid; }
	get peer() { return this.#core.peer.uri; }
	get state() { return this.#core.state; }
	get origin() { return this.#core.origin; }
	get network() { return this.#network; }
	get endedReason() { return this.#core.endedReason; }
	get remoteMediaStream() { return this.#remote; }

	/** @param {() => void} listener */
	onPending(listener) { return this.#on('onPending', listener); }
	/** @param {() => void} listener */
	onRingingStart(listener) { return this.#on('onRingingStart', listener); }
	/** @param {() => void} listener */
	onRingingStop(listener) { return this.#on('onRingingStop', listener); }
	/** @param {() => void} listener */
	onAccepted(listener) { return this.#on('onAccepted', listener); }
	/** @param {(stream: Stream) => void} listener */
	onRemoteMedia(listener) { return this.#on('onRemoteMedia', listener); }
	/** @param {() => void} listener */
	onRemoteMediaEnded(listener) { return this.#on('onRemoteMediaEnded', listener); }
	/** @param {(reason: string) => void} listener */
	onEnded(listener) { return this.#on('onEnded', listener); }
	/** @param {(error: Error) => void} listener */
	onError(listener) { return this.#on('onError', listener); }

	/**
	 * @param {any} [local] a stream object, or `{localMediaStream}`
	 * @returns {Promise<void>} the same one if it is asked twice
	 */
	accept(local) {
		this.#accepting ??= this.#core.accept({ stream: mediaOfArgument(local) });
		return this.#accepting;
	}

	/** @param {string} [reason] */
	end(reason) {
		this.#core.end(reason);
	}

	enableAudio() { this.#core.mute('audio', false); }
	disableAudio() { this.#core.mute('audio', true); }
	enableVideo() { this.#core.mute('video', false); }
	disableVideo() { this.#core.mute('video', true); }

	/** @param {string} digits */
	sendDTMF(digits) {
		try {
			this.#core.sendDTMF(digits);
		} catch (error) {
			this.#listeners.fire('onError', error);
		}
	}

	#followOutgoing() {
		this.#core.on('pending', () => this.#listeners.fire('onPending'));
		this.#core.on('ringing', () => {
			this.#rang = true;
			this.#listeners.fire('onRingingStart');
		});
		this.#core.on('accepted', () => {
			this.#stopRinging();
			this.#listeners.fire('onAccepted');
		});
	}

	#stopRinging() {
		if (this.#rang) this.#listeners.fire('onRingingStop');
		this.#rang = false;
	}

	/** @param {string} type @param {(...args: any[]) => void} listener */
	#on(type, listener) {
		this.#listeners.add(type, listener);
		return this;
	}
}
