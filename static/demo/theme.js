/**
 * Light and dark: the system's choice until the user makes one.
 * @module
 */

import { byId } from './dom.js';

const KEY = 'theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

export function startTheme() {
	apply();
	dark.addEventListener('change', apply);
	byId('theme').addEventListener('click', () => {
		localStorage.setItem(KEY, document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
		apply();
	});
}

function apply() {
	document.documentElement.dataset.theme = localStorage.getItem(KEY) ?? (dark.matches ? 'dark' : 'light');
}
