/**
 * The listeners of the classic interface: every `on*` adds one and returns the object.
 * @module
 */

/** @typedef {(...args: any[]) => void} Listener */

export class Listeners {
	/** @type {Map<string, Listener[]>} */
	#all = new Map();

	/** @param {string} type @param {Listener} listener */
	add(type, listener) {
		if (typeof listener !== 'function') throw new TypeError(`${type}: a function expected`);
		this.#all.set(type, [...(this.#all.get(type) ?? []), listener]);
	}

	/** @param {string} type @param {...any} args */
	fire(type, ...args) {
		for (const listener of this.#all.get(type) ?? []) call(listener, args);
	}
}

/**
 * A listener that throws is the page's affair: it is reported as any failing listener is, and the SDK goes on.
 * @param {Listener} listener @param {any[]} args
 */
export function call(listener, args) {
	try {
		listener(...args);
	} catch (error) {
		reportError(error);
	}
}
