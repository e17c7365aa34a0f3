import Dispatch
import Foundation
import ModelInstallation
import Synchronization

/// A line on the terminal that says how far an installation is; nothing where standard error is no terminal.
final class InstallationDisplay: Sendable {
    private struct State {
        var line: ProgressLine
        var lastShown: ContinuousClock.Instant?
        var last: InstallProgress?
        var timer: (any DispatchSourceTimer)?
    }

    private let isShown = isatty(STDERR_FILENO) == 1
    private let state: Mutex<State>

    private static let interval = Duration.milliseconds(100)

    init() {
        state = Mutex(State(line: ProgressLine(columns: Self.columns)))
        guard isShown else { return }
        state.withLock { state in
            let timer = DispatchSource.makeTimerSource()
            // While nothing comes, the speed that is shown falls.
            timer.setEventHandler { [weak self] in self?.refresh() }
            timer.schedule(deadline: .now() + 1, repeating: 1)
            timer.resume()
            state.timer = timer
        }
    }

    /// The terminal's width.
    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Shows where things are: what is new at once, numbers a few times a second.
    func show(_ progress: InstallProgress) {
        guard isShown else { return }
        state.withLock { state in
            let now = ContinuousClock.now
            let isDue = state.lastShown.map { now - $0 > Self.interval } ?? true
            let isNew = state.last?.kind != progress.kind || progress.isEnd
            state.last = progress
            if isDue || isNew { Self.write(&state, progress, now) }
        }
    }

    private func refresh() {
        state.withLock { state in
            guard let last = state.last, !last.isEnd else { return }
            Self.write(&state, last, .now)
        }
    }

    private static func write(_ state: inout State, _ progress: InstallProgress, _ now: ContinuousClock.Instant) {
        let text = state.line.text(for: progress, at: now)
        state.lastShown = now
        FileHandle.standardError.write(Data("\r\(text)\u{1B}[K".utf8))
    }

    /// Takes the line away. Nothing is shown any more.
    func finish() {
        state.withLock { state in
            state.timer?.cancel()
            if state.lastShown != nil { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
            state.last = nil
        }
    }
}

extension InstallProgress {
    /// What one line of progress is about.
    fileprivate var kind: String {
        switch self {
        case .downloading(let file, _, _): "downloading \(file)"
        case .interrupted(let reason, let wait): "interrupted \(reason) \(wait)"
        case .copying: "copying"
        case .unpacking: "unpacking"
        case .checking: "checking"
        case .loading: "loading"
        }
    }

    /// Whether nothing more will come of its kind.
    fileprivate var isEnd: Bool {
        switch self {
        case .downloading(_, let done, let total): done == total
        case .copying(let done, let total), .unpacking(let done, let total), .checking(let done, let total):
            done == total
        case .interrupted, .loading: true
        }
    }
}
