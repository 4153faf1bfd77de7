/**
 * Microphone, camera and screen, with errors a page can show.
 * @module
 */
/** A device could not be opened; `reason` is the browser's error name. */
export declare class MediaError extends Error {
    reason: string;
    /** @param {unknown} cause */
    constructor(cause: unknown);
}
/**
 * Opens microphone and camera.
 * @param {{audio?: boolean | MediaTrackConstraints, video?: boolean | MediaTrackConstraints}} [wanted]
 * @returns {Promise<MediaStream>} rejects with a MediaError
 */
export declare function openMedia(wanted?: {
    audio?: boolean | MediaTrackConstraints;
    video?: boolean | MediaTrackConstraints;
}): Promise<MediaStream>;
/**
 * Asks the user for a screen, window or tab.
 * @param {DisplayMediaStreamOptions} [options]
 * @returns {Promise<MediaStream>} rejects with a MediaError
 */
export declare function openScreen(options?: DisplayMediaStreamOptions): Promise<MediaStream>;
/**
 * The devices by kind. Labels are empty until access has been given once.
 * @returns {Promise<{microphones: MediaDeviceInfo[], cameras: MediaDeviceInfo[], speakers: MediaDeviceInfo[]}>}
 */
export declare function listDevices(): Promise<{
    microphones: MediaDeviceInfo[];
    cameras: MediaDeviceInfo[];
    speakers: MediaDeviceInfo[];
}>;
/**
 * Tells of devices lost and found.
 * @param {() => void} listener
 * @param {{signal?: AbortSignal}} [options]
 */
export declare function watchDevices(listener: () => void, options?: {
    signal?: AbortSignal;
}): void;
