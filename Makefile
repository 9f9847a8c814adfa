# The two commands of the README are `make demo` and `make test`.
PYTHON ?= /usr/bin/python3
export PYTHON
VENV_PYTHON := .venv/bin/python

.PHONY: help demo demo-keys test test-long coverage mutants setup bench bench-scale bench-load lock pictures format \
	variables offline sbom clean

help:
	@echo "make demo       lance la démonstration sur http://127.0.0.1:8000 (PORT=… pour changer)"
	@echo "make demo-keys  note tous les points au clavier, en enregistrant l’écran (var/demo-keys/)"
	@echo "make test       installe les outils de test et lance tous les contrôles"
	@echo "make test-long  les tests plus longs : chaque page dans tous ses états, sauvegarde, LibreOffice"
	@echo "make coverage   les branches du code que les tests parcourent (95 % au moins)"
	@echo "make mutants    des erreurs mises une à une dans les droits et le journal : les tests les voient-ils ?"
	@echo "make setup      prépare l’environnement, sans rien lancer"
	@echo "make bench      mesure les temps, écrit var/bench.json et .md (QUICK=1 : moins de 45 s)"
	@echo "make bench-scale  les mêmes requêtes sur des bases de plusieurs tailles (SIZES=2000,72000)"
	@echo "make bench-load   des personnes au travail pendant des minutes (USERS=200 MINUTES=10)"
	@echo "make pictures   reprend les images des guides (docs/images/) sur la démonstration"
	@echo "make format     met en forme le code et les gabarits"
	@echo "make lock       recalcule requirements/*.txt"
	@echo "make variables  affiche la table des variables d’environnement"
	@echo "make offline    un dossier qui installe Clausier sur une Debian sans internet (var/offline/)"
	@echo "make sbom       la liste des dépendances, au format CycloneDX (var/sbom.json)"
	@echo "make clean      efface l’environnement et les caches, garde les données de var/"

# Each recipe line is one plain command, which make runs without a shell between: a signal sent to
# make reaches the server itself.
demo:
	@bin/setup demo
	@bin/serve

demo-keys:
	@bin/setup test
	@$(VENV_PYTHON) -m tests.bench.keys

test:
	@bin/setup test
	@bin/check

test-long:
	@bin/setup long
	@bin/check long

coverage:
	@bin/setup test
	@bin/check coverage

mutants:
	@bin/setup test
	@$(VENV_PYTHON) -m tests.bench.mutants

setup:
	@bin/setup demo

bench:
	@bin/setup test
	@$(VENV_PYTHON) -m tests.bench

bench-scale:
	@bin/setup test
	@$(VENV_PYTHON) -m tests.bench.scale

bench-load:
	@bin/setup test
	@$(VENV_PYTHON) -m tests.bench.load

pictures:
	@bin/setup test
	@$(VENV_PYTHON) -m tests.bench.pictures

format:
	@bin/setup test
	@bin/check format

lock:
	@bin/setup test
	@bin/lock

variables:
	@bin/setup demo
	@$(VENV_PYTHON) -c "import tests.environment; \
	    from uniha_clausier import settings, webserver; from uniha_clausier.common import env; env.print_table()"

offline:
	@bin/setup test
	@bin/offline build

sbom:
	@bin/setup test
	@bin/offline sbom

clean:
	rm -rf .venv .venv.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
