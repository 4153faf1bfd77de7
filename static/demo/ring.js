/**
 * Ring tone, ring-back and key tones, made by WebAudio: no files.
 * @module
 */

/** @type {AudioContext | undefined} */
let context;
/** @type {AudioNode[]} */
let playing = [];
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;

const KEY_TONES = Object.freeze({
	rows: [697, 770, 852, 941], columns: [1209, 1336, 1477], keys: ['123', '456', '789', '*0#'],
});

/** Browsers let a page sound only after a user's gesture: call this in one. */
export function unlock() {
	context ??= new AudioContext();
	context.resume().catch(() => {});
}

/** What the called user hears: two soft notes, twice every three seconds. */
export function ring() {
	repeat(3_000, () => [0, 0.4].forEach(at => {
		tone([587.33], at, 0.16, 0.12);
		tone([783.99], at + 0.17, 0.2, 0.12);
	}));
}

/** What the calling user hears: 425 Hz, one second in five. */
export function ringBack() {
	repeat(5_000, () => tone([425], 0, 1, 0.05));
}

/** @param {string} key */
export function keyTone(key) {
	const row = KEY_TONES.keys.findIndex(keys => keys.includes(key));
	if (row >= 0) tone([KEY_TONES.rows[row], KEY_TONES.columns[KEY_TONES.keys[row].indexOf(key)]], 0, 0.12, 0.06);
}

export function hush() {
	clearInterval(timer);
	for (const node of playing.splice(0)) node.disconnect();
}

/** @param {number} ms @param {() => void} play */
function repeat(ms, play) {
	hush();
	play();
	timer = setInterval(play, ms);
}

/** @param {number[]} frequencies Hz @param {number} at s from now @param {number} length s @param {number} loudness 0 to 1 */
function tone(frequencies, at, length, loudness) {
	if (context?.state !== 'running') return;
	const start = context.currentTime + at;
	const gain = context.createGain();
	gain.gain.setValueAtTime(0, start);
	gain.gain.linearRampToValueAtTime(loudness, start + 0.015);
	gain.gain.setValueAtTime(loudness, start + length - 0.04);
	gain.gain.linearRampToValueAtTime(0, start + length);
	gain.connect(context.destination);
	playing = [...playing.slice(-16), gain];
	for (const frequency of frequencies) {
		const oscillator = new OscillatorNode(context, { frequency });
		oscillator.connect(gain);
		oscillator.start(start);
		oscillator.stop(start + length);
	}
}
