/**
 * What a device says to the engine, in order: numbered (`seq`), kept until it may be
 * forgotten, so that a resumed socket repeats what the dead one swallowed, and sent no
 * faster than the engine takes it.
 * @module
 */

const KEPT_FRAMES = 2_000;
/** Below what the engine takes, 300 frames at once and 100 a second: acknowledgements and pings come on top. */
const BURST_FRAMES = 200;
const REFILL_FRAMES = 40;
const REFILL_MS = 500;

export class Outbox {
	/** @type {string[]} numbered, in case the engine has not seen them */ #kept = [];
	/** @type {string[]} numbered, not yet on the socket */ #waiting = [];
	#seq = 0;
	#budget = BURST_FRAMES;
	#open = false;
	#put;
	/** @type {ReturnType<typeof setTimeout> | undefined} */ #refill;

	/** @param {(text: string) => void} put puts a frame on the socket of the moment */
	constructor(put) {
		this.#put = put;
	}

	/** @param {string} text one JSON object */
	add(text) {
		this.#seq += 1;
		const numbered = `${text.slice(0, -1)},"seq":${this.#seq}}`;
		this.#kept.push(numbered);
		if (this.#kept.length > KEPT_FRAMES) this.#kept.shift();
		this.#waiting.push(numbered);
		this.#flow();
	}

	/** The session is open as a new device: numbers begin anew. */
	begin() {
		this.#seq = 0;
		this.#kept = [];
		this.#waiting = [];
		this.#open = true;
	}

	/** The session is open again. @param {unknown} ack the highest `seq` of ours the engine has taken */
	resume(ack) {
		this.#open = true;
		if (typeof ack !== 'number' || ack >= this.#seq) return;
		this.#waiting = this.#kept.slice(ack - this.#seq);
		this.#flow();
	}

	/** The socket broke: what it has not taken is among what is kept. */
	pause() {
		this.#open = false;
		this.#waiting = [];
	}

	/** Sends what is left, at once, and nothing more. */
	finish() {
		if (this.#open) for (const text of this.#waiting) this.#put(text);
		this.pause();
		clearTimeout(this.#refill);
	}

	#flow() {
		while (this.#open && this.#budget > 0) {
			const text = this.#waiting.shift();
			if (text === undefined) break;
			this.#budget -= 1;
			this.#put(text);
		}
		if (this.#budget === BURST_FRAMES) return;
		this.#refill ??= setTimeout(() => {
			this.#refill = undefined;
			this.#budget = Math.min(BURST_FRAMES, this.#budget + REFILL_FRAMES);
			this.#flow();
		}, REFILL_MS);
	}
}
