/// The first words on a connection: who we are, and which database we want.
struct Greeting {
    private let options: RedisLink.Options

    init(_ options: RedisLink.Options) { self.options = options }

    /// - Throws: `RedisError` `.refused`, worded for whoever wrote the address.
    func introduce(_ link: RedisLink, until deadline: ContinuousClock.Instant, _ isStopped: () -> Bool) throws {
        let steps = steps
        let replies = try link.exchange(steps.map(\.command), until: deadline, isStopped)
        for (step, reply) in zip(steps, replies) {
            guard let code = reply.refusal, let words = step.refusal?(code) else { continue }
            throw RedisError(.refused, words, serverCode: code)
        }
        guard replies.last == .status("PONG") else { throw link.unexpected("no PONG after a PING") }
    }

    private struct Step {
        var command: RedisCommand
        /// What to say if the server answers with that code; nil: it may.
        var refusal: ((String) -> String)?
    }

    private var steps: [Step] {
        let address = options.address
        var steps: [Step] = []
        if let password = address.password {
            let words: [RedisCommand.Word] = (address.user.map { [.text($0)] } ?? []) + [.text(password)]
            let user = address.user ?? "default"
            steps.append(
                Step(command: RedisCommand(["AUTH"] + words)) {
                    """
                    Redis at '\(address)' does not let '\(user)' in ('\($0)'); check the user and password of its \
                    address, which look like 'redis://user:password@host:6379/0'.
                    """
                }
            )
        }
        if address.database != 0 {
            steps.append(
                Step(command: RedisCommand("SELECT", "\(address.database)")) {
                    whenLetIn($0) {
                        """
                        Redis at '\(address)' has no database '\(address.database)' for us ('\($0)'); check the number \
                        at the end of its address, and the server's setting 'databases'.
                        """
                    }
                }
            )
        }
        // A name is for those who look at the server; users with few rights may not give one.
        steps.append(Step(command: RedisCommand("CLIENT", "SETNAME", .text(options.clientName))))
        steps.append(
            Step(command: RedisCommand("PING")) {
                whenLetIn($0) { "Redis at '\(address)' is not ready yet ('\($0)')." }
            }
        )
        return steps
    }

    private func whenLetIn(_ code: String, _ words: (String) -> String) -> String {
        guard code == "NOAUTH" else { return words(code) }
        return """
            Redis at '\(options.address)' asks for a password, and its address holds none; expected one such as \
            'redis://:password@host:6379/0'.
            """
    }
}
