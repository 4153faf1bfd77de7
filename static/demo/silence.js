/**
 * Notices that the far end has fallen silent: not quiet, but sending nothing at all.
 * @module
 */

/** @typedef {import('/sdk/rtc-engine.js').Call} Call */

const SILENT_MS = 3_000;

export class Silence {
	#packets = -1;
	#since = 0;

	/**
	 * Ask about once a second.
	 * @param {Call} call
	 * @returns {Promise<boolean>} whether nothing has come for 3 s though something should
	 */
	async lasts(call) {
		const { connection, held } = call;
		if (!connection || !call.remoteStream || held.local || held.remote) {
			this.#packets = -1;
			return false;
		}
		if (connection.connectionState === 'disconnected' || connection.connectionState === 'failed') return true;
		const packets = received(await connection.getStats());
		if (packets !== this.#packets) this.#since = Date.now();
		this.#packets = packets;
		return Date.now() - this.#since >= SILENT_MS;
	}
}

/** @param {RTCStatsReport} report */
function received(report) {
	let packets = 0;
	for (const stat of /** @type {Map<string, any>} */ (report).values()) {
		if (stat.type === 'inbound-rtp') packets += stat.packetsReceived ?? 0;
	}
	return packets;
}
