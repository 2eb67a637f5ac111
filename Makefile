# Aliases for those whose fingers type make; ./zerogex is the real thing.
.PHONY: up test test-long build compose-check

up test build:
	./zerogex $@

test-long:
	./zerogex test --long

compose-check:
	docker-compose --env-file .env.example config -q
