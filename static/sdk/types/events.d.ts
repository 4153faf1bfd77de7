/**
 * Events of every object of the SDK: an `EventTarget` whose events carry their
 * facts in `detail`. A listener that throws is reported to the page as any
 * failing listener is; it never throws into the SDK.
 * @module
 */
/**
 * @template {Record<string, any>} M event name → type of `detail`
 */
export declare class Emitter<M extends Record<string, any>> extends EventTarget {
    /**
     * `addEventListener` that hands over `detail` itself.
     * @template {keyof M & string} K
     * @param {K} type
     * @param {(detail: M[K]) => void} listener
     * @param {AddEventListenerOptions} [options] `{signal}` to remove it again, `{once}`
     * @returns {this}
     */
    on<K extends keyof M & string>(type: K, listener: (detail: M[K]) => void, options?: AddEventListenerOptions): this;
    /**
     * @template {keyof M & string} K
     * @param {K} type
     * @param {M[K]} detail
     */
    emit<K extends keyof M & string>(type: K, detail: M[K]): void;
}
