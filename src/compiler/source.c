#include "compiler/source.h"

#include "base/system.h"
#include "compiler/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum file_state { FILE_LOADING, FILE_LOADED };

/* A file that was met, by what it is and not by how it was named; or a text that was given. */
struct file {
	dev_t device;
	ino_t number;
	const struct compile_given *given;
	enum file_state state;
	const char *path;  /* as it was first named */
	struct text text;  /* of one that was read */
	struct tree *tree; /* when it is loaded and right */
};

struct loader {
	const struct compile_request *request;
	struct source_set *set;
	struct file files[DIAGNOSTICS_SOURCES_MAX];
	unsigned file_count;
	struct arena *arena;
	struct diagnostics *diagnostics;
};

/* ---- where it is wrong: at the `use`, or the file as a whole ---- */

struct origin {
	const char *path;
	const struct span *use; /* NULL for the main file */
};

static struct span origin_span(struct loader *loader, const struct origin *origin)
{
	struct text nothing = { NULL, 0, LIFETIME_PROGRAM };

	if (origin->use)
		return *origin->use;
	if (loader->diagnostics->source_count == 0)
		diagnostics_add_source(loader->diagnostics, origin->path, nothing);
	return (struct span){ 0, 0, 0 };
}

static void report_system(struct loader *loader, const struct origin *origin, int error)
{
	struct diagnostic *d;

	d = diagnostics_report(loader->diagnostics, "E0501", origin_span(loader, origin),
			       "cannot read %s: %s", origin->path, strerror(error));
	if (error == ENOENT && !origin->use)
		diagnostic_help(loader->diagnostics, d,
				"is the name right, and relative to the "
				"present folder?");
}

static void report_memory(struct loader *loader, const struct origin *origin)
{
	diagnostics_report(loader->diagnostics, "E0105", origin_span(loader, origin),
			   "there is not enough memory to read %s", origin->path);
}

/* ---- reading ---- */

/* `name` in the folder of `path`, which may be empty. */
static char *path_beside(struct arena *arena, const char *path, struct text name)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
	char *joined;

	if (name.data[0] == '/')
		folder = 0;
	joined = arena_bytes(arena, folder + name.length + 1);
	if (!joined)
		return NULL;
	memcpy(joined, path, folder);
	memcpy(joined + folder, name.data, name.length);
	joined[folder + name.length] = '\0';
	return joined;
}

static const struct compile_files *kept_files(const struct loader *loader)
{
	const struct compile_files *files = loader->request->files;

	return files && files->find ? files : NULL;
}

static bool file_exists(const struct loader *loader, const char *path)
{
	const struct compile_files *kept = kept_files(loader);
	struct compile_file file;

	return kept ? kept->find(kept->argument, path, &file) : access(path, F_OK) == 0;
}

/* In a sticky folder only the owner can put another file in its place. */
static bool others_can_replace(struct loader *loader, const char *path)
{
	const char *folder = path_beside(loader->arena, path, TEXT("."));
	struct stat status;

	return folder && stat(folder, &status) == 0 && (status.st_mode & S_IWOTH) &&
	       !(status.st_mode & S_ISVTX);
}

/* What others can write, others can make say anything. The descriptor is asked, so that nothing is
 * put in the file's place between the question and the reading. */
static bool is_trusted(struct loader *loader, const struct origin *origin,
		       const struct stat *status)
{
	bool refused = loader->request->writable == COMPILE_WRITABLE_REFUSED;
	bool itself = status->st_mode & S_IWOTH;
	struct diagnostic *d;

	if (!origin->use || loader->request->writable == COMPILE_WRITABLE_IGNORED ||
	    (!itself && !others_can_replace(loader, origin->path)))
		return true;
	d = diagnostics_report(loader->diagnostics, refused ? "E0507" : "W0507",
			       origin_span(loader, origin), "everybody can write to %s%s",
			       itself ? "" : "the folder of ", origin->path);
	diagnostic_help(loader->diagnostics, d,
			"take the right to write away from others: chmod o-w");
	return !refused;
}

static bool is_source_file(struct loader *loader, const struct origin *origin,
			   const struct stat *status)
{
	struct diagnostic *d;

	if (S_ISDIR(status->st_mode)) {
		diagnostics_report(loader->diagnostics, "E0502", origin_span(loader, origin),
				   "%s is a folder", origin->path);
		return false;
	}
	if (!S_ISREG(status->st_mode)) {
		diagnostics_report(loader->diagnostics, "E0502", origin_span(loader, origin),
				   "%s is not a regular file", origin->path);
		return false;
	}
	if (status->st_size <= SOURCE_SIZE_MAX)
		return true;
	d = diagnostics_report(loader->diagnostics, "E0503", origin_span(loader, origin),
			       "%s is larger than 4 MB", origin->path);
	diagnostic_help(loader->diagnostics, d,
			"long lists belong in a table: "
			"`table names: text = \"file:names.txt\";`");
	return false;
}

static bool read_open_file(struct loader *loader, const struct origin *origin, int fd,
			   const struct stat *status, struct text *text)
{
	/* One byte more: a text of length 0 has an address too, and NUL-terminated is easier to
	 * look at in a debugger. */
	size_t size = (size_t)status->st_size;
	char *bytes = arena_bytes(loader->arena, size + 1);
	ssize_t length;

	if (!bytes) {
		report_memory(loader, origin);
		return false;
	}
	length = system_read_whole(fd, bytes, size);
	if (length < 0) {
		report_system(loader, origin, errno);
		return false;
	}
	bytes[length] = '\0';
	*text = text_of(bytes, (size_t)length, LIFETIME_PROGRAM);
	return true;
}

/* Never waits for the other end of a pipe. */
static int open_source(const char *path)
{
	return system_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
}

/* ---- each file once ---- */

static struct file *find_file(struct loader *loader, const struct stat *status)
{
	for (unsigned i = 0; i < loader->file_count; i++)
		if (!loader->files[i].given && loader->files[i].device == status->st_dev &&
		    loader->files[i].number == status->st_ino)
			return &loader->files[i];
	return NULL;
}

static struct file *add_file(struct loader *loader, const char *path, const struct stat *status)
{
	struct file *file = &loader->files[loader->file_count++];

	*file = (struct file){ .device = status->st_dev,
			       .number = status->st_ino,
			       .state = FILE_LOADING,
			       .path = path };
	return file;
}

/* "a uses b, which uses a": the files that are being loaded, from the one that is met again. */
static void report_cycle(struct loader *loader, const struct origin *origin,
			 const struct file *again)
{
	const struct file *end = loader->files + loader->file_count;
	struct buffer chain;
	struct diagnostic *d;

	d = diagnostics_report(loader->diagnostics, "E0504", origin_span(loader, origin),
			       "%s is in use by itself", origin->path);
	buffer_init(&chain, 4096);
	for (const struct file *file = again; file < end; file++)
		if (file->state == FILE_LOADING)
			buffer_printf(&chain, file == again ? "%s uses " : "%s, which uses ",
				      file->path);
	diagnostic_help(loader->diagnostics, d, "%.*s%s", TEXT_PRINTF(buffer_text(&chain)),
			again->path);
	buffer_free(&chain);
}

static bool load_uses(struct loader *loader, const char *path, struct tree *tree);

static struct tree *load_text(struct loader *loader, const struct origin *origin, struct text text)
{
	uint32_t source = diagnostics_add_source(loader->diagnostics, origin->path, text);
	struct tree *tree = parse(source, loader->arena, loader->diagnostics);

	if (!tree)
		return NULL;
	if (!load_uses(loader, origin->path, tree))
		loader->set->incomplete = true;
	loader->set->trees[loader->set->count++] = tree;
	return tree;
}

/* Under each name that it goes by. */
static bool tell_found(struct loader *loader, const struct origin *origin, const struct file *file)
{
	const struct compile_files *files = loader->request->files;
	struct compile_file found = { file->device, file->number, file->text };

	if (!files || !files->found || files->found(files->argument, origin->path, &found))
		return true;
	report_memory(loader, origin);
	return false;
}

/* The tree of a file that was met before. */
static struct tree *load_again(struct loader *loader, const struct origin *origin,
			       const struct file *file)
{
	if (file->state == FILE_LOADING) {
		report_cycle(loader, origin, file);
		return NULL;
	}
	return tell_found(loader, origin, file) ? file->tree : NULL;
}

static struct tree *load_descriptor(struct loader *loader, const struct origin *origin, int fd)
{
	struct stat status;
	struct file *file;

	if (fstat(fd, &status) != 0) {
		report_system(loader, origin, errno);
		return NULL;
	}
	if (!is_source_file(loader, origin, &status) || !is_trusted(loader, origin, &status))
		return NULL;
	file = find_file(loader, &status);
	if (file)
		return load_again(loader, origin, file);
	file = add_file(loader, origin->path, &status);
	if (read_open_file(loader, origin, fd, &status, &file->text) &&
	    tell_found(loader, origin, file))
		file->tree = load_text(loader, origin, file->text);
	file->state = FILE_LOADED;
	return file->tree;
}

static struct tree *load_kept(struct loader *loader, const struct origin *origin)
{
	const struct compile_files *kept = kept_files(loader);
	struct compile_file found;
	struct stat status;
	struct file *file;
	bool ok = true;

	if (!kept->find(kept->argument, origin->path, &found)) {
		report_system(loader, origin, ENOENT);
		return NULL;
	}
	status = (struct stat){ .st_dev = found.device, .st_ino = found.number };
	file = find_file(loader, &status);
	if (file)
		return load_again(loader, origin, file);
	file = add_file(loader, origin->path, &status);
	file->text = arena_copy(loader->arena, found.text, &ok);
	if (ok)
		file->tree = load_text(loader, origin, file->text);
	else
		report_memory(loader, origin);
	file->state = FILE_LOADED;
	return file->tree;
}

static struct tree *load_path(struct loader *loader, const struct origin *origin)
{
	struct tree *tree;
	int fd;

	if (kept_files(loader))
		return load_kept(loader, origin);
	fd = open_source(origin->path);
	if (fd < 0) {
		report_system(loader, origin, errno);
		return NULL;
	}
	tree = load_descriptor(loader, origin, fd);
	close(fd);
	return tree;
}

/* ---- texts that are given ---- */

static const struct compile_given *find_given(const struct loader *loader, struct text name)
{
	for (unsigned i = 0; i < loader->request->given_count; i++)
		if (text_equals_string(name, loader->request->given[i].name))
			return &loader->request->given[i];
	return NULL;
}

static struct file *file_of_given(struct loader *loader, const struct compile_given *given)
{
	for (unsigned i = 0; i < loader->file_count; i++)
		if (loader->files[i].given == given)
			return &loader->files[i];
	return NULL;
}

static struct tree *load_given(struct loader *loader, const struct origin *origin,
			       const struct compile_given *given)
{
	struct file *file = file_of_given(loader, given);
	bool ok = true;

	if (file && file->state == FILE_LOADED)
		return file->tree;
	if (file) {
		report_cycle(loader, origin, file);
		return NULL;
	}
	file = &loader->files[loader->file_count++];
	*file = (struct file){ .given = given, .state = FILE_LOADING, .path = given->name };
	file->tree = load_text(loader, origin, arena_copy(loader->arena, given->text, &ok));
	file->state = FILE_LOADED;
	if (!ok)
		report_memory(loader, origin);
	return ok ? file->tree : NULL;
}

/* ---- use ---- */

static char *path_within(struct arena *arena, const char *folder, struct text name)
{
	size_t length = strlen(folder);
	char *inside = arena_bytes(arena, length + 2);

	if (!inside)
		return NULL;
	memcpy(inside, folder, length);
	memcpy(inside + length, "/", 2);
	return path_beside(arena, inside, name);
}

static bool is_path(struct text name)
{
	return name.length > 0 && name.length < 4096 && !text_contains_byte(name, '\0');
}

/* The file beside the one that uses it, else the one in the library; NULL when memory has ended. */
static const char *path_of_use(struct loader *loader, const char *from, struct text name)
{
	const char *library = loader->request->library;
	char *beside = path_beside(loader->arena, from, name);

	if (!beside || file_exists(loader, beside) || !library || name.data[0] == '/')
		return beside;
	return path_within(loader->arena, library, name);
}

static struct tree *load_use(struct loader *loader, const char *from, const struct expression *use)
{
	struct origin origin = { "the used file", &use->span };
	const struct compile_given *given = find_given(loader, use->text);
	struct diagnostic *d;

	if (!is_path(use->text)) {
		diagnostics_report(loader->diagnostics, "E0506", use->span,
				   "this is not the name of a file");
		return NULL;
	}
	if (loader->diagnostics->source_count == DIAGNOSTICS_SOURCES_MAX) {
		diagnostics_report(loader->diagnostics, "E0505", use->span,
				   "a program has at most %d files", DIAGNOSTICS_SOURCES_MAX);
		return NULL;
	}
	if (given) {
		origin.path = given->name;
		return load_given(loader, &origin, given);
	}
	origin.path = path_of_use(loader, from, use->text);
	if (!origin.path) {
		report_memory(loader, &(struct origin){ "the used file", &use->span });
		return NULL;
	}
	if (file_exists(loader, origin.path))
		return load_path(loader, &origin);
	d = diagnostics_report(loader->diagnostics, "E0506", use->span, "there is no file %.*s",
			       TEXT_PRINTF(use->text));
	diagnostic_help(loader->diagnostics, d, "looked for %s%s%s",
			path_beside(loader->arena, from, use->text),
			loader->request->library ? " and in " : "",
			loader->request->library ? loader->request->library : "");
	return NULL;
}

/* "x.afsl" for "folder/x.test.afsl"; empty for other files. */
static struct text tested_file(struct loader *loader, const char *path)
{
	static const char ending[] = ".test.afsl";
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(name), end = sizeof(ending) - 1;
	char *tested;

	if (length <= end || strcmp(name + length - end, ending) != 0)
		return TEXT_EMPTY;
	tested = arena_bytes(loader->arena, length);
	if (!tested)
		return TEXT_EMPTY;
	memcpy(tested, name, length - end);
	memcpy(tested + length - end, ".afsl", 5);
	return text_of(tested, length - 5, LIFETIME_PROGRAM);
}

/* As if a test file began with: use "x.afsl"; */
static void use_tested_file(struct loader *loader, const char *path, struct tree *tree)
{
	struct text name = tested_file(loader, path);
	const char *beside = name.length ? path_beside(loader->arena, path, name) : NULL;
	struct declaration *use;

	if (!beside || !file_exists(loader, beside))
		return;
	use = arena_zeroed(loader->arena, sizeof(*use));
	if (use)
		use->value = arena_zeroed(loader->arena, sizeof(*use->value));
	if (!use || !use->value)
		return;
	use->kind = DECLARATION_USE;
	use->span = use->name_span = use->value->span = (struct span){ tree->source, 0, 0 };
	use->value->kind = EXPRESSION_TEXT;
	use->value->text = name;
	use->next = tree->first;
	tree->first = use;
}

static bool load_uses(struct loader *loader, const char *path, struct tree *tree)
{
	bool ok = true;

	if (loader->request->tests && tree->source == 0)
		use_tested_file(loader, path, tree);

	for (struct declaration *d = tree->first; d; d = d->next) {
		if (d->kind != DECLARATION_USE)
			continue;
		d->used = load_use(loader, path, d->value);
		ok &= d->used != NULL;
	}
	return ok;
}

bool source_load(const struct compile_request *request, struct source_set *set, struct arena *arena,
		 struct diagnostics *diagnostics)
{
	struct origin origin = { request->path, NULL };
	struct loader *loader = arena_zeroed(arena, sizeof(*loader));
	struct text text;
	bool ok = true;

	*set = (struct source_set){ .count = 0 };
	if (!loader) {
		diagnostics_report(diagnostics, "E0105", (struct span){ 0, 0, 0 },
				   "there is not enough memory to read %s", request->path);
		return false;
	}
	loader->request = request;
	loader->set = set;
	loader->arena = arena;
	loader->diagnostics = diagnostics;
	if (!request->text)
		return load_path(loader, &origin) != NULL;
	if (request->text->length > SOURCE_SIZE_MAX) {
		diagnostics_report(diagnostics, "E0503", origin_span(loader, &origin),
				   "%s is larger than 4 MB", request->path);
		return false;
	}
	text = arena_copy(arena, *request->text, &ok);
	if (!ok) {
		report_memory(loader, &origin);
		return false;
	}
	return load_text(loader, &origin, text) != NULL;
}
