/// Brings claimed jobs to workers.
///
/// Promises: a job handed out is claimed (`JobStore.claim`), so that its lease answers for it and nobody else gets it. A
/// job that is recorded and available reaches a waiting worker that fits, even if its announcement is lost; how soon then
/// is the implementation's poll interval. Several workers may wait at once.
package protocol JobQueue: Sendable {
    /// Says that jobs have been recorded. A hint: it never fails, and losing it delays the jobs, no more.
    func announce(_ jobs: [Job]) async

    /// Waits until there is work and returns 1 to `request.limit` claimed jobs. `request.time` is set anew at each try.
    ///
    /// Cancelling the task ends the wait with an empty array; jobs that are claimed by then are returned all the same.
    /// - Throws: `JobError` of the store.
    func next(_ request: ClaimRequest) async throws -> [ClaimedJob]
}

/// Wakes those who wait for work.
///
/// A ticket is taken before looking for work. If nothing was found, `wait` with that ticket returns at once if `signal`
/// was called in between: no wake-up falls into the gap.
package protocol JobWakeUp: Sendable {
    /// Stands for the signals so far.
    func ticket() -> UInt64

    /// Wakes everyone who waits, here and, where the implementation reaches them, in other processes. Never fails.
    func signal() async

    /// Returns at a signal after the ticket, after `limit`, or when the task is cancelled; now and then without a reason.
    func wait(after ticket: UInt64, upTo limit: Duration) async
}
