/**
 * What is done when the media path breaks: an ICE restart, some of them, and in the
 * end the truth. The creator of the call restarts first; the other side only if that
 * has not helped, so that the two do not compete for the lock.
 * @module
 */

const CREATOR_MS = 3_000;
const OTHER_MS = 7_000;
const AGAIN_MS = 8_000;
const GIVE_UP_MS = 45_000;

export class Recovery {
	#creator; #actions;
	/** @type {ReturnType<typeof setTimeout> | undefined} */ #restart;
	/** @type {ReturnType<typeof setTimeout> | undefined} */ #deadline;

	/**
	 * @param {boolean} creator whether this side created the call
	 * @param {{restart: () => void, failed: () => void}} actions
	 */
	constructor(creator, actions) {
		this.#creator = creator;
		this.#actions = actions;
	}

	/** @param {RTCPeerConnectionState} state */
	onState(state) {
		switch (state) {
			case 'connected': return this.stop();
			case 'disconnected': return this.#begin(this.#creator ? CREATOR_MS : OTHER_MS);
			case 'failed': return this.#begin(this.#creator ? 0 : CREATOR_MS);
			case 'new': case 'connecting': case 'closed': return;
		}
	}

	stop() {
		clearTimeout(this.#restart);
		clearTimeout(this.#deadline);
		this.#restart = this.#deadline = undefined;
	}

	/** @param {number} ms until the first restart */
	#begin(ms) {
		if (this.#deadline) return;
		this.#deadline = setTimeout(() => this.#actions.failed(), GIVE_UP_MS);
		this.#schedule(ms);
	}

	/** @param {number} ms */
	#schedule(ms) {
		this.#restart = setTimeout(() => {
			// First: a restart that throws must not be the last one.
			this.#schedule(AGAIN_MS);
			this.#actions.restart();
		}, ms);
	}
}
