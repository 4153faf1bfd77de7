/**
 * Signing in and out, and what the page says about the connection. The token stays in
 * this tab: a reload signs in again by itself. One in a link only fills the form: nobody
 * is signed in to a stranger's session by following a link.
 * @module
 */

import { Client } from '/sdk/rtc-engine.js';
import { byId, show } from './dom.js';
import { ask } from './notify.js';
import { unlock } from './ring.js';

const KEY = 'token';

/** @typedef {import('/sdk/rtc-engine.js').Network} Network */

/** @param {(client: Client, network: Network) => void} onReady signed in */
export function startSession(onReady) {
	const begin = (/** @type {string} */ token) => connect(token, onReady);
	form('name-form', async data => begin(await requestToken(String(data.get('name')).trim())));
	form('token-form', async data => begin(String(data.get('token')).trim()));
	const given = new URLSearchParams(location.search).get('token');
	if (given) window.history.replaceState(null, '', location.pathname);
	const token = sessionStorage.getItem(KEY);
	if (given) offer(given);
	else if (token) begin(token).catch(error => askAgain(error.message));
	else askAgain('');
}

/** @param {string} message */
function askAgain(message) {
	sessionStorage.removeItem(KEY);
	for (const id of ['who', 'sign-out', 'open-settings', 'banner', 'incoming']) byId(id).hidden = true;
	byId('sign-in-error').textContent = message;
	show('sign-in');
	byId('name').focus();
}

/** Asks about the token of a link. @param {string} token */
function offer(token) {
	byId('sign-in-error').textContent = 'This link brings a session token. Use it only if you know who sent it.';
	/** @type {HTMLDetailsElement} */ (byId('token-part')).open = true;
	show('sign-in');
	const input = /** @type {HTMLInputElement} */ (byId('token'));
	input.value = token;
	input.focus();
}

/** @param {string} id @param {(data: FormData) => Promise<void>} submit */
function form(id, submit) {
	const element = /** @type {HTMLFormElement} */ (byId(id));
	const [input, button] = [element.querySelector('input'), element.querySelector('button')];
	element.addEventListener('submit', async event => {
		event.preventDefault();
		unlock();
		ask();
		if (!input || !button) return;
		if (!input.value.trim()) return input.focus();
		byId('sign-in-error').textContent = '';
		button.disabled = true;
		try {
			await submit(new FormData(element));
			element.reset();
		} catch (error) {
			byId('sign-in-error').textContent = error instanceof Error ? error.message : String(error);
			input.focus();
		} finally {
			button.disabled = false;
		}
	});
}

/** @param {string} name @returns {Promise<string>} */
async function requestToken(name) {
	const answer = await fetch('demo/session', {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ name }),
	}).catch(() => null);
	if (!answer) throw new Error('The engine does not answer.');
	if (answer.ok) return (await answer.json()).token;
	if (answer.status === 403 || answer.status === 404) {
		/** @type {HTMLDetailsElement} */ (byId('token-part')).open = true;
		throw new Error('Signing in by name is off on this server. Use a session token.');
	}
	const { message } = await answer.json().catch(() => ({}));
	throw new Error(message ?? `The engine answered ${answer.status}.`);
}

/** @param {string} token @param {(client: Client, network: Network) => void} onReady */
async function connect(token, onReady) {
	const url = new URL('rtc/api', location.href);
	url.protocol = url.protocol.replace('http', 'ws');
	url.search = '';
	const client = new Client({ url: url.href, token });
	client.on('connected', () => showState(client));
	client.on('reconnecting', () => showState(client));
	client.on('expiring', ({ in: seconds }) => banner(`This session ends in ${seconds} seconds.`));
	await client.ready;
	const [network] = client.networks;
	if (!network) {
		client.close();
		throw new Error('This session has no account to call with.');
	}
	sessionStorage.setItem(KEY, token);
	network.on('state', () => showState(client));
	client.on('disconnected', ({ type, message }) => askAgain(type === 'closed' ? '' : message));
	byId('sign-out').onclick = () => client.close();
	byId('who-name').textContent = network.identifier;
	for (const id of ['who', 'sign-out', 'open-settings']) byId(id).hidden = false;
	showState(client);
	onReady(client, network);
}

/** @param {Client} client */
function showState(client) {
	const [network] = client.networks;
	const state = client.state === 'connected' && network ? network.state : client.state;
	const words = { connected: '', connecting: 'Connecting', reconnecting: 'Reconnecting', disconnected: 'Offline', failed: 'Not registered' };
	byId('state-dot').dataset.state = state;
	byId('state-text').textContent = words[state];
	byId('state-text').toggleAttribute('data-loud', state !== 'connected');
	if (client.state === 'reconnecting') banner('The connection broke. Calls go on while it comes back.');
	else if (state === 'failed') banner(`The network refused the account: ${network.detail ?? network.reason}.`);
	else banner('');
}

/** @param {string} text */
function banner(text) {
	byId('banner').hidden = text === '';
	byId('banner').textContent = text;
}
