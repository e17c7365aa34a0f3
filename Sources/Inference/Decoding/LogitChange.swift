/// A change to one logit of a row.
struct LogitChange {
    var token: Int32
    /// nil disables the token; otherwise the repetition penalty to apply.
    var penalty: Float?
}

extension [LogitChange] {
    /// Enters a change among those from `first` on, which are one row's: in ascending order of tokens, each token once.
    /// What disables a token prevails over a penalty.
    mutating func insert(_ change: LogitChange, after first: Int) {
        var (low, high) = (first, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].token < change.token { low = middle + 1 } else { high = middle }
        }
        if low == count || self[low].token != change.token {
            insert(change, at: low)
        } else if change.penalty == nil {
            self[low].penalty = nil
        }
    }
}
