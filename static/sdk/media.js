/**
 * Microphone, camera and screen, with errors a page can show.
 * @module
 */

/** What getUserMedia's refusals mean to a person. */
const SENTENCES = Object.freeze({
	NotAllowedError: 'The browser or the user refused access.',
	NotFoundError: 'No such device is connected.',
	NotReadableError: 'The device is in use by another program.',
	OverconstrainedError: 'The device cannot do what was asked.',
	SecurityError: 'Devices can be used on secure pages only (https or localhost).',
});

/** A device could not be opened; `reason` is the browser's error name. */
export class MediaError extends Error {
	/** @param {unknown} cause */
	constructor(cause) {
		const reason = cause instanceof Error ? cause.name : 'UnknownError';
		super(SENTENCES[/** @type {keyof typeof SENTENCES} */ (reason)] ?? String(cause), { cause });
		this.name = 'MediaError';
		this.reason = reason;
	}
}

/**
 * Opens microphone and camera.
 * @param {{audio?: boolean | MediaTrackConstraints, video?: boolean | MediaTrackConstraints}} [wanted]
 * @returns {Promise<MediaStream>} rejects with a MediaError
 */
export async function openMedia(wanted = { audio: true }) {
	try {
		if (!navigator.mediaDevices) throw new DOMException('no secure context', 'SecurityError');
		return await navigator.mediaDevices.getUserMedia(wanted);
	} catch (error) {
		throw new MediaError(error);
	}
}

/**
 * Asks the user for a screen, window or tab.
 * @param {DisplayMediaStreamOptions} [options]
 * @returns {Promise<MediaStream>} rejects with a MediaError
 */
export async function openScreen(options = { video: true }) {
	try {
		if (!navigator.mediaDevices?.getDisplayMedia) throw new DOMException('no screen capture', 'NotFoundError');
		return await navigator.mediaDevices.getDisplayMedia(options);
	} catch (error) {
		throw new MediaError(error);
	}
}

/**
 * The devices by kind. Labels are empty until access has been given once.
 * @returns {Promise<{microphones: MediaDeviceInfo[], cameras: MediaDeviceInfo[], speakers: MediaDeviceInfo[]}>}
 */
export async function listDevices() {
	const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
	const of = (/** @type {MediaDeviceKind} */ kind) => all.filter(device => device.kind === kind && device.deviceId);
	return { microphones: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') };
}

/**
 * Tells of devices lost and found.
 * @param {() => void} listener
 * @param {{signal?: AbortSignal}} [options]
 */
export function watchDevices(listener, options) {
	navigator.mediaDevices?.addEventListener('devicechange', listener, options);
}
