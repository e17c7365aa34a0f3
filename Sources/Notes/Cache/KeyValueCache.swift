/// Proof that somebody looked when nothing was there; what they then read elsewhere may be put in under it.
package struct CacheVoucher: Hashable, Sendable {
    package let value: UInt64

    package init(value: UInt64) { self.value = value }
}

/// What a look-up found.
package enum CacheAnswer: Hashable, Sendable {
    case hit([UInt8])
    case miss(CacheVoucher)
}

/// Keeps bytes for a while, so that what stands elsewhere need not be read each time.
///
/// Promises of every implementation:
/// - What is found is what was put in under that key, within its time to live, and not since removed.
/// - `fill` puts nothing in if the key was removed after the look-up whose voucher it brings: who read the old state
///   before a change cannot put it in after.
/// - It may forget anything at any time; its size is bounded.
/// - It never fails: an implementation that cannot reach what it shares finds nothing and keeps nothing.
///
/// `KeyValueCacheContract` in the tests is this text as code.
package protocol KeyValueCache: Sendable {
    func look(up key: String) async -> CacheAnswer

    func fill(_ key: String, _ value: [UInt8], timeToLive: Duration, voucher: CacheVoucher) async

    func remove(_ key: String) async
}
