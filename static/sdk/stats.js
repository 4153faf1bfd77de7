/**
 * How a call is doing, from RTCPeerConnection.getStats(). Every figure is about the
 * time since the last reading.
 * @module
 */

/**
 * @typedef {object} Quality
 * @property {number} loss packets lost on the way to us, percent
 * @property {number} jitter ms
 * @property {number | null} rtt round trip, ms; null until known
 * @property {number} received kbit/s
 * @property {number} sent kbit/s
 * @property {string} codec of the sound received, such as `opus`
 * @property {{width: number, height: number, fps: number} | null} picture received
 * @property {'good' | 'fair' | 'poor'} verdict
 */

const NOTHING = { at: 0, received: 0, lost: 0, bytesIn: 0, bytesOut: 0 };

export class Meter {
	#last = NOTHING;

	/** @param {RTCStatsReport} report @returns {Quality} */
	read(report) {
		/** @type {any[]} */
		const all = [...report.values()];
		const inbound = all.filter(stat => stat.type === 'inbound-rtp');
		const outbound = all.filter(stat => stat.type === 'outbound-rtp');
		const audio = inbound.find(stat => stat.kind === 'audio');
		const video = inbound.find(stat => stat.kind === 'video' && stat.frameWidth);
		const now = {
			at: inbound[0]?.timestamp ?? outbound[0]?.timestamp ?? 0,
			received: sum(inbound, 'packetsReceived'), lost: sum(inbound, 'packetsLost'),
			bytesIn: sum(inbound, 'bytesReceived'), bytesOut: sum(outbound, 'bytesSent'),
		};
		const since = this.#since(now);
		const jitter = Math.round(1000 * Math.max(0, ...inbound.map(stat => stat.jitter ?? 0)));
		const rtt = roundTrip(all);
		return {
			...since, jitter, rtt,
			codec: report.get(audio?.codecId)?.mimeType?.split('/')[1]?.toLowerCase() ?? '',
			picture: video ? { width: video.frameWidth, height: video.frameHeight, fps: Math.round(video.framesPerSecond ?? 0) } : null,
			verdict: verdict(since.loss, jitter, rtt ?? 0),
		};
	}

	/** @param {typeof NOTHING} now */
	#since(now) {
		// A fresh connection counts from zero again.
		const last = now.received < this.#last.received ? NOTHING : this.#last;
		this.#last = now;
		const lost = Math.max(0, now.lost - last.lost);
		const expected = lost + now.received - last.received;
		const ms = last.at ? now.at - last.at : 0;
		const rate = (/** @type {number} */ bytes) => (ms > 0 ? Math.round((bytes * 8) / ms) : 0);
		return {
			loss: expected > 0 ? Math.round((lost / expected) * 1000) / 10 : 0,
			received: rate(now.bytesIn - last.bytesIn),
			sent: rate(now.bytesOut - last.bytesOut),
		};
	}
}

/** @param {any[]} stats @param {string} field */
const sum = (stats, field) => stats.reduce((total, stat) => total + (stat[field] ?? 0), 0);

/** @param {any[]} all @returns {number | null} */
function roundTrip(all) {
	const transport = all.find(stat => stat.type === 'transport');
	const pair = all.find(stat => stat.id === transport?.selectedCandidatePairId);
	const seconds = pair?.currentRoundTripTime ?? all.find(stat => stat.type === 'remote-inbound-rtp' && stat.roundTripTime)?.roundTripTime;
	return typeof seconds === 'number' ? Math.round(seconds * 1000) : null;
}

/** @param {number} loss @param {number} jitter @param {number} rtt */
function verdict(loss, jitter, rtt) {
	if (loss > 5 || jitter > 60 || rtt > 500) return 'poor';
	return loss > 1 || jitter > 30 || rtt > 250 ? 'fair' : 'good';
}
