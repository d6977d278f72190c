package catalog

// Kind is what a model is for. Each kind is called in another way.
type Kind string

// The kinds, as adjectives of "model". The kind of a model of which the catalogue does
// not say enough is "".
const (
	KindChat         Kind = "chat"
	KindModeration   Kind = "moderation" // classifies text, in the form of a chat
	KindEmbedding    Kind = "embedding"
	KindSpeechToText Kind = "speech-to-text"
	KindTextToSpeech Kind = "text-to-speech"
	KindImage        Kind = "image generation"
)

// Kind returns what the model is for.
func (m Model) Kind() Kind {
	switch {
	case m.Can(Embeddings):
		return KindEmbedding
	case m.HasOutput("image"):
		return KindImage
	case m.HasOutput("sound"):
		return KindTextToSpeech
	case !m.HasOutput("text"):
		return ""
	case m.isGuard():
		return KindModeration
	case m.HasInput("text"):
		return KindChat
	case m.HasInput("sound"):
		return KindSpeechToText
	default:
		return ""
	}
}
