/**
 * How a call is doing, from RTCPeerConnection.getStats(). Every figure is about the
 * time since the last reading.
 * @module
 */
export type Quality = {
    /**
     * packets lost on the way to us, percent
     */
    loss: number;
    /**
     * ms
     */
    jitter: number;
    /**
     * round trip, ms; null until known
     */
    rtt: number | null;
    /**
     * kbit/s
     */
    received: number;
    /**
     * kbit/s
     */
    sent: number;
    /**
     * of the sound received, such as `opus`
     */
    codec: string;
    /**
     * received
     */
    picture: {
        width: number;
        height: number;
        fps: number;
    } | null;
    verdict: 'good' | 'fair' | 'poor';
};
export declare class Meter {
    #private;
    /** @param {RTCStatsReport} report @returns {Quality} */
    read(report: RTCStatsReport): Quality;
}
