/**
 * Rooms (protocol section 6). The engine has none yet: joining says so.
 * @module
 */
import type { Network } from './network.js';
/** @import { Network } from './network.js' */
/**
 * @param {Network} network
 * @param {{name: string, displayName?: string, stream?: MediaStream}} options
 * @returns {Promise<never>}
 */
export declare function joinConference(network: Network, options: {
    name: string;
    displayName?: string;
    stream?: MediaStream;
}): Promise<never>;
