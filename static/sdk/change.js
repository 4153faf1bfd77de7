/**
 * Renegotiation and its glare lock (protocol section 5, after RFC 3261 14.1).
 *
 *            request            lock.ok           answer
 *   free ───────────▶ requested ────────▶ offering ───────▶ free
 *   free ── lock ───▶ granted ── offer, answered ─────────▶ free
 *
 * Two locks that cross, a `lock.reset`, or 5 s without progress lead back to free;
 * whoever wanted something tries again after a random delay. Whatever was asked for
 * meanwhile is served by the next offer: offers describe the whole state.
 * @module
 */

const PROGRESS_MS = 5_000;
const MAX_ATTEMPTS = 8;

/**
 * @typedef {object} ChangeActions
 * @property {(action: string, extra?: object) => void} send sends `call.change.<action>`
 * @property {() => Promise<string>} offer makes and applies a local offer
 * @property {(sdp: string) => Promise<string>} answer applies a remote offer, makes and applies the answer
 * @property {(sdp: string) => Promise<void>} applied applies the answer to our offer
 * @property {() => Promise<void>} rollback takes our offer back
 */

export class Change {
	/** @type {'free' | 'requested' | 'offering' | 'granted'} */
	state = 'free';
	#creator; #actions;
	#ready = false;
	/** We have answered, and the far end has not said anything of its own since. */
	#answered = false;
	#stopped = false;
	/** Counts transitions, so that work begun before one knows it came too late. */
	#epoch = 0;
	#attempts = 0;
	/** @type {Array<(done: boolean) => void>} asked for, not yet in an offer */
	#wanted = [];
	/** @type {Array<(done: boolean) => void>} in the offer that is out */
	#offered = [];
	/** @type {ReturnType<typeof setTimeout> | undefined} */ #progress;
	/** @type {ReturnType<typeof setTimeout> | undefined} */ #retry;

	/**
	 * @param {boolean} creator whether this side created the call
	 * @param {ChangeActions} actions
	 */
	constructor(creator, actions) {
		this.#creator = creator;
		this.#actions = actions;
	}

	/** The call is established: from now on changes may be made. */
	ready() {
		this.#ready = true;
		this.#pump();
	}

	/**
	 * Asks for a negotiation of the present state.
	 * @returns {Promise<boolean>} true once the far end has answered; false if the call ended or the far end never agreed
	 */
	request() {
		if (this.#stopped) return Promise.resolve(false);
		return new Promise(resolve => {
			this.#wanted.push(resolve);
			this.#pump();
		});
	}

	stop() {
		this.#stopped = true;
		this.#enter('free');
		clearTimeout(this.#retry);
		this.#settle(false);
	}

	/** @param {string} action after `change.` @param {string} [sdp] */
	handle(action, sdp = '') {
		switch (action) {
			case 'lock': return this.#onLock();
			case 'lock.ok': return this.#onLockOk();
			case 'lock.reset': return this.#onReset();
			case 'offer': return this.#onOffer(sdp);
			case 'answer': return this.#onAnswer(sdp);
		}
	}

	#pump() {
		if (!this.#ready || this.#stopped || this.state !== 'free' || this.#retry || this.#wanted.length === 0) return;
		this.#enter('requested', () => this.#giveUp());
		this.#actions.send('lock');
	}

	#onLock() {
		this.#answered = false;
		switch (this.state) {
			case 'requested': case 'offering':
				return this.#giveUp();
			case 'free': case 'granted':
				this.#enter('granted', () => this.#giveUp());
				return this.#actions.send('lock.ok');
		}
	}

	async #onLockOk() {
		this.#answered = false;
		if (this.state === 'free') return this.#actions.send('lock.reset');
		if (this.state !== 'requested') return;
		const epoch = this.#enter('offering', () => this.#giveUp());
		this.#offered = this.#wanted.splice(0);
		try {
			const sdp = await this.#actions.offer();
			if (epoch === this.#epoch) this.#actions.send('offer', { sdp });
			else await this.#actions.rollback();
		} catch {
			if (epoch === this.#epoch) this.#giveUp();
		}
	}

	#onReset() {
		const unapplied = this.#answered;
		this.#answered = false;
		switch (this.state) {
			case 'requested': case 'offering':
				this.#back();
				break;
			case 'granted':
				this.#enter('free');
				this.#pump();
				break;
			case 'free':
		}
		// It crossed our answer, which was not applied: only we can bring both sides together again.
		if (unapplied) void this.request();
	}

	/** @param {string} sdp */
	async #onOffer(sdp) {
		if (this.state !== 'granted') return this.#actions.send('lock.reset');
		const epoch = this.#enter('granted');
		try {
			const answer = await this.#actions.answer(sdp);
			if (epoch !== this.#epoch) return void this.request();
			this.#actions.send('answer', { sdp: answer });
			this.#answered = true;
			this.#enter('free');
			this.#pump();
		} catch {
			if (epoch === this.#epoch) this.#giveUp();
		}
	}

	/** @param {string} sdp */
	async #onAnswer(sdp) {
		if (this.state !== 'offering') return;
		const epoch = this.#enter('offering');
		try {
			await this.#actions.applied(sdp);
			if (epoch !== this.#epoch) return;
			this.#attempts = 0;
			for (const done of this.#offered.splice(0)) done(true);
			this.#enter('free');
			this.#pump();
		} catch {
			if (epoch === this.#epoch) this.#giveUp();
		}
	}

	#giveUp() {
		this.#actions.send('lock.reset');
		this.#back();
	}

	/** Back to free; what we wanted is tried again after the delay of the glare rule. */
	#back() {
		if (this.state === 'offering') this.#actions.rollback().catch(() => {});
		this.#wanted.unshift(...this.#offered.splice(0));
		this.#enter('free');
		if (this.#wanted.length === 0) return;
		this.#attempts += 1;
		if (this.#attempts >= MAX_ATTEMPTS) return this.#settle(false);
		clearTimeout(this.#retry);
		this.#retry = setTimeout(() => {
			this.#retry = undefined;
			this.#pump();
		}, this.#delay());
	}

	/** The creator of the call waits 2.1 to 4 s, the other side 0 to 2 s, in steps of 10 ms. */
	#delay() {
		const steps = this.#creator ? 210 + Math.random() * 190 : Math.random() * 200;
		return Math.round(steps) * 10;
	}

	/** @param {boolean} done */
	#settle(done) {
		this.#attempts = 0;
		for (const resolve of [...this.#offered.splice(0), ...this.#wanted.splice(0)]) resolve(done);
	}

	/**
	 * @param {Change['state']} state
	 * @param {() => void} [late] what to do after 5 s without progress
	 */
	#enter(state, late) {
		clearTimeout(this.#progress);
		this.state = state;
		this.#progress = late && setTimeout(late, PROGRESS_MS);
		return ++this.#epoch;
	}
}
