/**
 * Why a call ended: the words of the wire, and what a person is told.
 * @module
 */
/** Every end reason of the protocol (section 5) with a sentence for a person. */
export declare const END_REASONS: Readonly<{
    normal: "The call has ended.";
    canceled: "The call was cancelled.";
    busy: "The line is busy.";
    declined: "The call was declined.";
    noAnswer: "Nobody answered.";
    notFound: "This name or number does not exist.";
    unavailable: "They are not available right now.";
    answeredElsewhere: "The call was answered on another device.";
    replaced: "The call was moved to another window.";
    transferred: "The call was transferred.";
    mediaFailed: "No sound or picture could get through.";
    notAcceptable: "The two sides have no codec in common.";
    forbidden: "This call is not allowed.";
    limitExceeded: "Too many calls at once.";
    timeout: "The other side did not respond in time.";
    connectionLost: "The connection was lost.";
    internalError: "Something went wrong in the engine.";
}>;
export type EndReason = keyof typeof END_REASONS;
/** @typedef {keyof typeof END_REASONS} EndReason */
/**
 * @param {string | null | undefined} word
 * @returns {word is EndReason}
 */
export declare const isEndReason: (word: string | null | undefined) => word is EndReason;
/**
 * What goes on the wire for a reason of the application's own choice.
 * @param {string} word one of the table, or the application's own
 * @param {boolean} accepted whether the call had been answered
 * @returns {{reason: EndReason, detail?: string}}
 */
export declare function wireReason(word: string, accepted: boolean): {
    reason: EndReason;
    detail?: string;
};
/**
 * How a call that the engine refused ends.
 * @param {string} code of `core.error`
 * @returns {EndReason}
 */
export declare function reasonOfError(code: string): EndReason;
