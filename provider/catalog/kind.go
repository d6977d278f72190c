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

// Group is the kind of a model in the words of filters. It is coarser than [Kind] for
// speech, of which people ask in one word, and finer for chat.
type Group string

// The groups.
const (
	GroupChat       Group = "chat"      // those that take images, too
	GroupVision     Group = "vision"    // takes images, answers in text
	GroupEmbedding  Group = "embedding" // returns vectors
	GroupSpeech     Group = "speech"    // takes or returns sound
	GroupImage      Group = "image"     // returns images
	GroupModeration Group = "moderation"
)

// Groups returns the groups in the order in which they are shown.
func Groups() []Group {
	return []Group{GroupChat, GroupVision, GroupEmbedding, GroupSpeech, GroupImage, GroupModeration}
}

// Group returns the model's own group, "" if the catalogue does not say enough.
func (m Model) Group() Group {
	switch kind := m.Kind(); kind {
	case KindSpeechToText, KindTextToSpeech:
		return GroupSpeech
	case KindImage:
		return GroupImage
	case KindChat, "":
		if m.Can(Vision) && m.HasOutput("text") {
			return GroupVision
		}
		return Group(kind)
	default:
		return Group(kind)
	}
}

// In reports whether the model is of a group: one that takes images and chats is of two.
func (m Model) In(g Group) bool { return m.Group() == g || g == GroupChat && m.Kind() == KindChat }
