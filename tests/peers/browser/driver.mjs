/**
 * Drives Chromium for the tests: one JSON object a line in, one out.
 *
 *   → {"id":1,"do":"open","page":"anna","wav":"/tmp/440.wav"}
 *   ← {"id":1,"value":null}   or   {"id":1,"error":"…"}
 *
 * Pages that ask for the same flags share a browser; each has a context of its own.
 * The end of stdin closes everything.
 */

import readline from 'node:readline';
import { chromium } from 'playwright-core';

const ALWAYS = [
	'--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
	'--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--allow-loopback-in-peer-connection',
	// A page the driver serves has no address of its own, and would not be let at a loopback WebSocket.
	'--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets', '--auto-select-desktop-capture-source=Entire screen',
];
const WAIT_MS = 30_000;
const probe = new URL('probe.js', import.meta.url).pathname;

/** @type {Map<string, Promise<import('playwright-core').Browser>>} */
const browsers = new Map();
/** @type {Map<string, {page: import('playwright-core').Page, context: import('playwright-core').BrowserContext, complaints: string[]}>} */
const pages = new Map();

/** @param {string[]} args */
function browser(args) {
	const key = args.join(' ');
	const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
	if (!browsers.has(key)) browsers.set(key, chromium.launch({ executablePath, headless: true, args: [...ALWAYS, ...args] }));
	return /** @type {Promise<import('playwright-core').Browser>} */ (browsers.get(key));
}

/** @type {Record<string, (request: any) => Promise<unknown>>} */
const commands = {
	async open({ page: name, wav, args = [], permissions = ['microphone', 'camera', 'notifications'], ...options }) {
		const flags = wav ? [...args, `--use-file-for-fake-audio-capture=${wav}`] : args;
		const context = await (await browser(flags)).newContext({ permissions, ignoreHTTPSErrors: true, ...options });
		await context.addInitScript({ path: probe });
		const page = await context.newPage();
		/** @type {string[]} */
		const complaints = [];
		page.on('console', message => message.type() === 'error' && complaints.push(`console: ${message.text()} (${message.location().url})`));
		page.on('pageerror', error => complaints.push(`page: ${error.stack ?? error}`));
		pages.set(name, { page, context, complaints });
	},
	// Answers requests for `url` with a local file, as if the engine served it.
	serve: async ({ page, url, file }) => void await at(page).page.route(url, route => route.fulfill({ path: file })),
	goto: async ({ page, url }) => void await at(page).page.goto(url),
	reload: async ({ page }) => void await at(page).page.reload(),
	// `script` is the body of an async function with `arg`.
	eval: ({ page, script, arg }) => at(page).page.evaluate(
		([body, value]) => new (Object.getPrototypeOf(async () => {}).constructor)('arg', body)(value), [script, arg]),
	wait: ({ page, script, timeout_ms = WAIT_MS }) => becomesTrue(at(page).page, script, timeout_ms),
	visible: async ({ page, selector }) => void await at(page).page.waitForSelector(selector, { state: 'visible', timeout: WAIT_MS }),
	click: async ({ page, selector }) => void await at(page).page.click(selector),
	fill: async ({ page, selector, text }) => void await at(page).page.fill(selector, text),
	press: async ({ page, key }) => void await at(page).page.keyboard.press(key),
	offline: async ({ page, on }) => void await at(page).context.setOffline(on),
	screenshot: async ({ page, path }) => void await at(page).page.screenshot({ path }),
	complaints: async ({ page }) => at(page).complaints.splice(0),
	async close({ page }) {
		await at(page).context.close();
		pages.delete(page);
	},
};

/**
 * Waits until an expression is true. Asked from outside: pages that forbid eval forbid it to a waiting function too.
 * @param {import('playwright-core').Page} page @param {string} expression @param {number} ms
 */
async function becomesTrue(page, expression, ms) {
	for (const until = Date.now() + ms; Date.now() < until;) {
		// While the page is being loaded there is nothing to ask.
		if (await page.evaluate(`Boolean(${expression})`).catch(error => /navigation|destroyed/.test(error.message) ? false : Promise.reject(error))) return;
		await new Promise(resolve => setTimeout(resolve, 40));
	}
	const log = await page.evaluate('JSON.stringify(globalThis.log ?? document.body.dataset.view)').catch(String);
	throw new Error(`after ${ms} ms not true: ${expression}; the page's log: ${log}`);
}

/** @param {string} name */
function at(name) {
	const found = pages.get(name);
	if (!found) throw new Error(`no page "${name}" is open`);
	return found;
}

/** @param {string} line */
async function serve(line) {
	const request = JSON.parse(line);
	/** @type {object} */
	let answer;
	try {
		const command = commands[request.do];
		if (!command) throw new Error(`unknown command "${request.do}"`);
		answer = { id: request.id, value: (await command(request)) ?? null };
	} catch (error) {
		answer = { id: request.id, error: error instanceof Error ? error.message : String(error) };
	}
	process.stdout.write(`${JSON.stringify(answer)}\n`);
}

const lines = readline.createInterface({ input: process.stdin });
lines.on('line', serve);
lines.on('close', async () => {
	for (const launching of browsers.values()) await launching.then(one => one.close(), () => {});
	process.exit(0);
});
