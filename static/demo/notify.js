/**
 * Tells of a call when the tab is out of sight: a desktop notification and the title.
 * @module
 */

import { byId } from './dom.js';

const KEY = 'notify';
const TITLE = document.title;
/** @type {Notification | null} */
let shown = null;
/** @type {ReturnType<typeof setInterval> | undefined} */
let blinking;

const possible = 'Notification' in globalThis;

export function startNotify() {
	const input = /** @type {HTMLInputElement} */ (byId('notify'));
	input.disabled = !possible;
	input.checked = possible && Notification.permission === 'granted' && localStorage.getItem(KEY) !== 'no';
	input.addEventListener('change', async () => {
		localStorage.setItem(KEY, input.checked ? 'yes' : 'no');
		if (input.checked) input.checked = (await Notification.requestPermission()) === 'granted';
	});
}

/** Asks for the permission once, in a user's gesture. */
export async function ask() {
	if (!possible || Notification.permission !== 'default') return;
	const granted = (await Notification.requestPermission()) === 'granted';
	/** @type {HTMLInputElement} */ (byId('notify')).checked = granted;
}

/** @param {string} text */
export function announce(text) {
	withdraw();
	let on = false;
	blinking = setInterval(() => {
		on = !on;
		document.title = on ? `☎ ${text}` : TITLE;
	}, 1_000);
	if (!document.hidden || !possible || Notification.permission !== 'granted' || localStorage.getItem(KEY) === 'no') return;
	try {
		shown = new Notification(text, { tag: 'call', icon: 'icon.svg', requireInteraction: true });
		shown.onclick = () => {
			window.focus();
			shown?.close();
		};
	} catch {
		// Phones allow notifications to service workers only: the title and the tone remain.
	}
}

export function withdraw() {
	clearInterval(blinking);
	document.title = TITLE;
	shown?.close();
	shown = null;
}
