/**
 * What a device says to the engine, in order: numbered (`seq`), kept until it may be
 * forgotten, so that a resumed socket repeats what the dead one swallowed, and sent no
 * faster than the engine takes it.
 * @module
 */
export declare class Outbox {
    #private;
    /** @param {(text: string) => void} put puts a frame on the socket of the moment */
    constructor(put: (text: string) => void);
    /** @param {string} text one JSON object */
    add(text: string): void;
    /** The session is open as a new device: numbers begin anew. */
    begin(): void;
    /** The session is open again. @param {unknown} ack the highest `seq` of ours the engine has taken */
    resume(ack: unknown): void;
    /** The socket broke: what it has not taken is among what is kept. */
    pause(): void;
    /** Sends what is left, at once, and nothing more. */
    finish(): void;
}
