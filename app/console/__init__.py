"""The pages for people: thin, server-rendered, without scripts; everything they do is done by a service."""
