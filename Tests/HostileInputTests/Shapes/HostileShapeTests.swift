import Testing
import TranslationService

/// The text path around the model, on texts made to hurt: each costs what ordinary text of its length costs, or not much
/// more, and comes out as it went in.
@Suite(.serialized) struct HostileShapeTests {
    private static let thread = TextThread()
    private static let service = TranslationService.identity(on: thread)
    /// What a text may cost besides: 64 kB can be 32,000 sentences, each of which is looked up, told of and put together.
    /// That is a tenth of what a model takes for ordinary text of that length.
    #if DEBUG
        private static let (size, slack) = (16 << 10, Duration.seconds(2))
    #else
        private static let (size, slack) = (64 << 10, Duration.milliseconds(400))
    #endif

    private static func time(_ text: String, _ format: TextFormat) async throws -> Duration {
        try await thread.leastTime { _ = try await service.echo(text, format) }
    }

    private static let ordinary = Task {
        let text = HostileShape.ordinary(size)
        return (text: try await time(text, .text), html: try await time(text, .html))
    }

    @Test(arguments: HostileShape.all, TextFormat.allCases)
    func hostileText_costsAboutThreeTimesAsMuchAtMost(shape: HostileShape, format: TextFormat) async throws {
        let ordinary = try await Self.ordinary.value
        let most = format == .html ? ordinary.html : ordinary.text
        let time = try await Self.time(shape.text(Self.size), format)
        #expect(time <= most * 3 + Self.slack, "ordinary text takes \(most)")
    }

    @Test(arguments: HostileShape.all, TextFormat.allCases)
    func textTwiceAsLong_costsTwiceAsMuch(shape: HostileShape, format: TextFormat) async throws {
        let half = try await Self.time(shape.text(Self.size / 2), format)
        let whole = try await Self.time(shape.text(Self.size), format)
        #expect(whole <= half * 5 / 2 + Self.slack / 4, "half of it takes \(half)")
    }

    @Test(arguments: HostileShape.all)
    func text_comesOutAsItWentIn(shape: HostileShape) async throws {
        let text = shape.text(20_000)
        #expect(try await Self.service.echo(text).utf8.elementsEqual(text.utf8))
    }
}
