/// A loaded model in somebody's hands: it stays loaded as long as this object lives.
public final class ModelUse: Sendable {
    public let model: LoadedModel
    private let end: @Sendable () -> Void

    init(_ model: LoadedModel, end: @escaping @Sendable () -> Void) {
        self.model = model
        self.end = end
    }

    deinit { end() }
}
