#if canImport(Darwin)
    internal import Darwin
#else
    internal import CThreads
#endif

/// What a thread may use of the processors while others want them.
///
/// Beside threads that compute for minutes, a thread that has something to do for a millisecond must not wait for a turn:
/// a request passes through several of them. The system's scheduler can see to that where it knows which ones may wait.
package enum ProcessorShare: Sendable {
    /// As much as any other thread.
    case whole
    /// What others leave; a tenth of what they have at the least, so that work goes on beside whatever is more urgent.
    case whatIsLeft

    /// What is added to a thread's niceness. In Linux a step changes its weight by a quarter, and ten of them from 1024 to
    /// 110 (`sched_prio_to_weight` in kernel/sched/core.c).
    private static let addedNiceness: Int32 = 10
    /// Nanoseconds the thread runs before its equals have their turn. A thread that wakes up interrupts only those whose
    /// slices are longer than its own (`PREEMPT_SHORT` in kernel/sched/features.h); the usual ones have up to three milliseconds.
    private static let slice: UInt64 = 14_000_000

    /// Gives the thread that calls its share, for good: only an administrator may raise a thread's priority again. Where
    /// the system refuses, all threads are equal.
    package func takeForThisThread() {
        guard self == .whatIsLeft else { return }
        #if canImport(Darwin)
            _ = pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0)
        #elseif os(Linux)
            dragoman_step_back(Self.addedNiceness, Self.slice)
        #endif
    }
}
