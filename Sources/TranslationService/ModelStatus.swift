package import MachineTranslation

/// A model as operators see it, in this process.
package struct ModelStatus: Sendable {
    package var name: String
    package var version: String
    package var licence: String
    package var pairs: [LanguagePair]
    package var state: ModelState
    /// Why the model is of no use, for people.
    package var problem: String?

    package init(name: String, version: String, licence: String, pairs: [LanguagePair], state: ModelState) {
        self.name = name
        self.version = version
        self.licence = licence
        self.pairs = pairs
        self.state = state
        problem = state.failure.map { "\($0)" }
    }

    /// A model that was left out when the server started.
    init(_ problem: ModelCatalog.Problem) {
        var state = ModelState()
        state.stage = .failed
        self.init(name: problem.name, version: "", licence: "", pairs: [], state: state)
        self.problem = problem.error.message
    }
}
