/**
 * The global `cdk`: the interface of the original SDK over the core of this one.
 * @module
 */

import { Client } from './client.js';
import { LocalMediaStream, MediaElementHelper, MediaSourceQuality, media } from './media.js';
import { ngcp } from './ngcp.js';

export const cdk = Object.freeze({
	Client, LocalMediaStream, MediaElementHelper, MediaSourceQuality, media, ngcp,
	logging: Object.freeze({ debug() {} }),
	/** Screen sharing has long needed no extension. */
	getChromeExtensionURL: () => '',
});

Object.assign(globalThis, { cdk });
