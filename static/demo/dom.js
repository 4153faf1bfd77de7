/**
 * The page's elements and the few things every module does to them.
 * @module
 */

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
	const element = document.getElementById(id);
	if (!element) throw new Error(`the page has no #${id}`);
	return /** @type {T} */ (element);
}

const VIEWS = ['sign-in', 'home', 'call'];

/** @param {'sign-in' | 'home' | 'call'} name */
export function show(name) {
	document.body.dataset.view = name;
	for (const view of VIEWS) byId(view).hidden = view !== name;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let toastTimer;

/** Says something in passing. @param {string} text */
export function toast(text) {
	const element = byId('toast');
	element.textContent = text;
	element.classList.add('shown');
	clearTimeout(toastTimer);
	toastTimer = setTimeout(() => element.classList.remove('shown'), 4_500);
}

/** Takes back what was said in passing. */
export function untoast() {
	clearTimeout(toastTimer);
	byId('toast').classList.remove('shown');
}

/** One or two letters that stand for a name. @param {string} name */
export function initials(name) {
	const words = name.replace(/^(sips?|xmpp|tel):/i, '').split('@')[0].split(/[\s._-]+/).filter(Boolean);
	return words.slice(0, 2).map(word => [...word][0]).join('') || '?';
}

/** @param {number} seconds */
export function clock(seconds) {
	const pad = (/** @type {number} */ part) => String(part).padStart(2, '0');
	const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
	return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

/** @param {string} name of a symbol in the page's sprite */
export function icon(name) {
	const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
	const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
	use.setAttribute('href', `#i-${name}`);
	svg.append(use);
	svg.setAttribute('aria-hidden', 'true');
	return svg;
}
