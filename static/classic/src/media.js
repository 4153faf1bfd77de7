/**
 * Getting at microphone, camera and screen, in the two ways of the classic interface.
 * @module
 */

import { MediaError, openMedia, openScreen } from '../../sdk/media.js';
import { call } from './events.js';
import { Stream } from './stream.js';

export const MediaSourceQuality = Object.freeze({ LOW: 'low', NORMAL: 'normal', HD: 'hd', FULL_HD: 'fullhd' });

const SIZES = Object.freeze({ low: [320, 240], normal: [640, 480], hd: [1280, 720], fullhd: [1920, 1080] });

/** One thing to capture. */
export class MediaSource {
	/** @type {keyof typeof SIZES | null} */ #quality = null;

	/** @param {'audio' | 'video' | 'screen'} kind */
	constructor(kind) {
		this.kind = kind;
	}

	/** @param {keyof typeof SIZES} quality of MediaSourceQuality */
	setQuality(quality) {
		if (!Object.hasOwn(SIZES, quality)) throw new TypeError('quality: one of cdk.MediaSourceQuality expected');
		this.#quality = quality;
		return this;
	}

	/** @returns {true | MediaTrackConstraints} @internal */
	get constraints() {
		if (!this.#quality) return true;
		const [width, height] = SIZES[this.#quality];
		return { width: { ideal: width }, height: { ideal: height } };
	}
}

/** The words old applications look for. */
class UserMediaError extends Error {
	/** @param {unknown} error @param {string} denied */
	constructor(error, denied) {
		const refused = error instanceof MediaError && error.reason === 'NotAllowedError';
		super(refused ? denied : error instanceof Error ? error.message : String(error), { cause: error });
		this.name = 'UserMediaError';
	}
}

/**
 * @param {MediaSource | null} audio
 * @param {MediaSource | null} video camera or screen
 * @returns {Promise<MediaStream>} rejects with a UserMediaError
 */
async function capture(audio, video) {
	/** @type {MediaStreamTrack[]} */
	const tracks = [];
	try {
		if (video?.kind === 'screen') tracks.push(...(await openScreen({ video: video.constraints })).getTracks());
	} catch (error) {
		throw new UserMediaError(error, 'PermissionDenied');
	}
	const camera = video?.kind === 'video' ? video.constraints : false;
	try {
		if (audio || camera) tracks.push(...(await openMedia({ audio: audio?.constraints ?? false, video: camera })).getTracks());
	} catch (error) {
		for (const track of tracks) track.stop();
		throw new UserMediaError(error, 'Permission denied');
	}
	return new MediaStream(tracks);
}

/** `cdk.media.create()` */
class Builder {
	/** @type {MediaSource | null} */ #audio = null;
	/** @type {MediaSource | null} */ #video = null;

	enableMicrophone() {
		this.#audio = new MediaSource('audio');
		return this;
	}

	enableCamera() {
		this.#video = new MediaSource('video');
		return this;
	}

	enableScreen() {
		this.#video = new MediaSource('screen');
		return this;
	}

	/** @returns {Promise<Stream>} */
	async build() {
		return new Stream(await capture(this.#audio, this.#video), true);
	}
}

export const media = Object.freeze({ create: () => new Builder() });

/** `new cdk.LocalMediaStream()` */
export class LocalMediaStream extends Stream {
	/** @type {MediaSource | null} */ #audio = null;
	/** @type {MediaSource | null} */ #video = null;

	constructor() {
		super(null, true);
	}

	/** @param {(sources: {defaultAudio: MediaSource, defaultVideo: MediaSource, desktopSharing?: MediaSource}) => void} callback */
	queryMediaSources(callback) {
		const sources = { defaultAudio: new MediaSource('audio'), defaultVideo: new MediaSource('video') };
		if (navigator.mediaDevices && 'getDisplayMedia' in navigator.mediaDevices) Object.assign(sources, { desktopSharing: new MediaSource('screen') });
		queueMicrotask(() => call(callback, [sources]));
		return this;
	}

	/** @param {MediaSource | null} source */
	setAudio(source) {
		this.#audio = source ?? null;
		return this;
	}

	/** @param {MediaSource | null} source */
	setVideo(source) {
		this.#video = source ?? null;
		return this;
	}

	/** @param {(error?: Error) => void} [callback] */
	build(callback = () => {}) {
		this.stop();
		capture(this.#audio, this.#video).then(
			stream => {
				this.use(stream);
				call(callback, []);
			},
			error => call(callback, [error]),
		);
		return this;
	}
}

export const MediaElementHelper = Object.freeze({
	/** @param {HTMLMediaElement} node @param {any} stream */
	attachStreamToDomNode(node, stream) {
		node.srcObject = stream?.getStream?.() ?? stream ?? null;
		node.autoplay = true;
		// A page that may not play yet plays at the user's next gesture: autoplay stays set.
		if (node.srcObject) node.play().catch(() => {});
	},
});
