package provider

// codeSpans follows the code in Markdown that grows: fences and spans within a line. It
// looks at each byte once.
type codeSpans struct {
	read        int // bytes that were looked at
	ticks       int // backticks in a row
	begun       bool
	fence, span bool
}

// inside reports whether what follows text is within code.
func (c *codeSpans) inside(text string) bool {
	for ; c.read < len(text); c.read++ {
		switch b := text[c.read]; b {
		case '`':
			c.ticks++
		case '\n':
			c.endTicks()
			c.begun, c.span = false, false
		default:
			c.endTicks()
			c.begun = c.begun || b != ' '
		}
	}
	c.endTicks()
	return c.fence || c.span
}

func (c *codeSpans) endTicks() {
	switch {
	case c.ticks == 0:
		return
	case c.ticks >= 3 && !c.begun:
		c.fence = !c.fence
	case !c.fence:
		c.span = !c.span
	}
	c.ticks, c.begun = 0, true
}
