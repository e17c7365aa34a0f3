internal import Environment
internal import JobSystem

/// The jobs that wait to be claimed: by due time, then by number, as the stores hand them out.
struct WaitingLine {
    private struct Entry {
        var due: Timestamp
        var job: Int
        var words: Double
    }

    private var classes: [PriorityHeap<Entry>]
    private var words: [Double]

    init() {
        let none = PriorityHeap<Entry> { ($0.due, $0.job) < ($1.due, $1.job) }
        classes = PriorityClass.allCases.map { _ in none }
        words = PriorityClass.allCases.map { _ in 0 }
    }

    var count: Int { classes.reduce(0) { $0 + $1.count } }

    mutating func insert(_ index: Int, _ job: SimulatedJob) {
        let place = Self.place(of: job.priority.priorityClass)
        classes[place].insert(Entry(due: job.dueAt, job: index, words: job.words))
        words[place] += job.words
    }

    /// The job that is due first, of whatever class.
    mutating func removeFirst() -> Int? {
        let heads = classes.indices.compactMap { place in classes[place].first.map { (place, $0) } }
        guard let (place, _) = heads.min(by: { ($0.1.due, $0.1.job) < ($1.1.due, $1.1.job) }),
            let entry = classes[place].removeFirst()
        else { return nil }
        words[place] = classes[place].isEmpty ? 0 : words[place] - entry.words
        return entry.job
    }

    /// What waits in a class: jobs, words, and when the first of them is due.
    func waiting(in priorityClass: PriorityClass) -> ScalingObservation.Waiting {
        let place = Self.place(of: priorityClass)
        return .init(jobs: classes[place].count, words: words[place], firstDue: classes[place].first?.due)
    }

    private static func place(of priorityClass: PriorityClass) -> Int {
        switch priorityClass {
        case .critical: 0
        case .high: 1
        case .standard: 2
        }
    }
}
