/**
 * Signing in and out, and what the page says about the connection. The token stays in
 * this tab: a reload signs in again by itself. One in a link only fills the form: nobody
 * is signed in to a stranger's session by following a link.
 * @module
 */

import { Client } from '/sdk/rtc-engine.js';
import { byId, show } from './dom.js';
import { mainNetwork } from './networks.js';
import { ask } from './notify.js';
import { unlock } from './ring.js';

const KEY = 'token';
const NAME = /^[a-z0-9._-]{1,64}$/i;
const ANSWER_MS = 8_000;
const READY_MS = 4_000;
const MAX_PAUSE_MS = 15_000;
/** HTTP: the engine is starting, stopping or full, or a proxy does not reach it. */
const NOT_NOW = [502, 503, 504];

/** The attempt to sign in that is under way: the next one takes its place. */
let attempt = new AbortController();

/** @param {(client: Client) => void} onReady signed in */
export function startSession(onReady) {
	const begin = (/** @type {string} */ token, /** @type {AbortSignal} */ signal) => connect(token, onReady, signal);
	form('name-form', async (name, signal) => begin(await requestToken(name, signal), signal));
	form('token-form', begin);
	const given = new URLSearchParams(location.search).get('token');
	if (given) window.history.replaceState(null, '', location.pathname);
	const token = sessionStorage.getItem(KEY);
	if (given) offer(given);
	else if (token) resume(token, begin);
	else askAgain('');
}

/** Signs in again after a reload. @param {string} token @param {(token: string, signal: AbortSignal) => Promise<void>} begin */
function resume(token, begin) {
	const { signal } = attempt;
	begin(token, signal).catch(error => signal.aborted || askAgain(error.message));
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

function enable() {
	for (const button of document.querySelectorAll('#sign-in form button')) button.removeAttribute('disabled');
}

/** An attempt goes on by itself, and the user may begin another. */
function sayWaiting() {
	enable();
	byId('sign-in-error').textContent = 'The engine is not answering, trying again …';
	if (byId('sign-in').hidden) show('sign-in');
}

/** @param {string} id @param {(text: string, signal: AbortSignal) => Promise<void>} submit */
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
		attempt.abort();
		attempt = new AbortController();
		enable();
		const { signal } = attempt;
		button.disabled = true;
		try {
			await submit(input.value.trim(), signal);
			element.reset();
		} catch (error) {
			if (signal.aborted) return;
			byId('sign-in-error').textContent = error instanceof Error ? error.message : String(error);
			input.focus();
		} finally {
			if (!signal.aborted) button.disabled = false;
		}
	});
}

/** @param {string} name @param {AbortSignal} signal @returns {Promise<string>} */
async function requestToken(name, signal) {
	if (!NAME.test(name)) throw new Error('A name has 1 to 64 letters (a to z), digits, dots or dashes.');
	if (name.toLowerCase() === 'echo') throw new Error('“echo” is taken: call it to hear yourself. Choose another name.');
	const answer = await post('demo/session', { name }, signal);
	if (answer.ok) return (await answer.json()).token;
	if (answer.status === 403 || answer.status === 404) {
		/** @type {HTMLDetailsElement} */ (byId('token-part')).open = true;
		throw new Error('Signing in by name is off on this server. Use a session token.');
	}
	throw new Error(`The engine could not sign you in (${answer.status}).`);
}

/**
 * Asks until there is an answer, with longer and longer pauses.
 * @param {string} path @param {object} body @param {AbortSignal} signal
 */
async function post(path, body, signal) {
	const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
	for (let ms = 1_000; ; ms = Math.min(2 * ms, MAX_PAUSE_MS)) {
		const late = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
		const answer = await fetch(path, { ...request, signal: late }).catch(() => null);
		signal.throwIfAborted();
		if (answer && !NOT_NOW.includes(answer.status)) return answer;
		sayWaiting();
		await new Promise(resolve => setTimeout(resolve, ms));
		signal.throwIfAborted();
	}
}

/** @param {string} token @param {(client: Client) => void} onReady @param {AbortSignal} signal */
async function connect(token, onReady, signal) {
	const url = new URL('rtc/api', location.href);
	url.protocol = url.protocol.replace('http', 'ws');
	url.search = '';
	const client = new Client({ url: url.href, token, signal });
	client.on('connected', () => showState(client));
	client.on('reconnecting', () => showState(client));
	client.on('expiring', ({ in: seconds }) => banner(`This session ends in ${seconds} seconds.`));
	const slow = setTimeout(sayWaiting, READY_MS);
	await client.ready.finally(() => clearTimeout(slow));
	byId('sign-in-error').textContent = '';
	const network = mainNetwork(client);
	if (!network) {
		client.close();
		throw new Error('This session has no account to call with.');
	}
	sessionStorage.setItem(KEY, token);
	for (const each of client.networks) each.on('state', () => showState(client));
	client.on('disconnected', ({ type, message }) => askAgain(type === 'closed' ? '' : message));
	byId('sign-out').onclick = () => client.close();
	byId('who-name').textContent = network.identifier;
	for (const id of ['who', 'sign-out', 'open-settings']) byId(id).hidden = false;
	showState(client);
	onReady(client);
}

/** @param {Client} client */
function showState(client) {
	const network = mainNetwork(client);
	const state = client.state === 'connected' && network ? network.state : client.state;
	const words = { connected: '', connecting: 'Connecting', reconnecting: 'Reconnecting', disconnected: 'Offline', failed: 'Not registered' };
	byId('state-dot').dataset.state = state;
	byId('state-text').textContent = words[state];
	byId('state-text').toggleAttribute('data-loud', state !== 'connected');
	if (client.state === 'reconnecting') banner('The connection broke. Calls go on while it comes back.');
	else banner(client.networks.filter(each => each.state === 'failed').map(failure).join('\n'));
}

/** @param {import('/sdk/rtc-engine.js').Network} network */
const failure = ({ identifier, tag, detail, reason }) => `Cannot register ${identifier} (${tag}): ${detail ?? reason}.`;

/** @param {string} text */
function banner(text) {
	byId('banner').hidden = text === '';
	byId('banner').textContent = text;
}
