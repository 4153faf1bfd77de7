/**
 * Sessions from a platform's REST API: `POST <base>/api/rtcsessions/`, then its `Location`.
 * @module
 */

let base = '';
let jwt = '';

export const ngcp = Object.freeze({
	/** @param {string} url without it, the page's origin */
	setApiBaseUrl(url) {
		base = String(url);
		return ngcp;
	},

	/** @param {string} token */
	setApiJwt(token) {
		jwt = String(token);
		return ngcp;
	},

	/** @returns {Promise<string>} the session token */
	async createRTCEngineSession() {
		const url = new URL(`${base.replace(/\/+$/, '')}/api/rtcsessions/`, location.href);
		const created = await ask(url, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
		const place = created.headers.get('Location');
		if (!place) throw new Error('The answer of /api/rtcsessions/ names no Location.');
		const session = await (await ask(new URL(place, url), { headers: { Accept: 'application/json' } })).json();
		if (typeof session?.rtc_browser_token !== 'string') throw new Error('The session has no rtc_browser_token.');
		return session.rtc_browser_token;
	},
});

/** @param {URL} url @param {RequestInit & {headers: Record<string, string>}} init */
async function ask(url, init) {
	const answer = await fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${jwt}` } });
	if (!answer.ok) throw new Error(`${url.pathname} answered ${answer.status}.`);
	return answer;
}
