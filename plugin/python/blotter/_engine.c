/* blotter._engine: libblotter as a Python type.
 *
 * An Engine holds a compiled rule set and spare scratches: a thread takes one out while it holds
 * the GIL, works, and puts it back, so an Engine may be shared by all threads. The GIL is given up
 * for texts that take longer than handing it over.
 *
 * Only the stable ABI of Python 3.9 is used (PEP 384): one build serves every later version. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03090000
#include <Python.h>

#include "rules/blotter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCRATCHES_MAX = 16,    /* kept for later; more threads make their own for a call */
    GIL_BYTES = 32 * 1024, /* larger texts are worked on without it */
    LIST_MAX = 1024,       /* packs, documents or actions of one engine */
};

struct engine {
    PyObject_HEAD struct blot_ruleset *ruleset;
    struct blot_scratch *scratches[SCRATCHES_MAX];
    size_t scratch_count;
};

/* What a list of Python values becomes for the time of a call. */
struct settings {
    struct blot_options options;
    const char **packs;
    struct blot_document *documents;
    struct blot_action *actions;
    PyObject *held; /* a list of the objects whose bytes are pointed at */
    PyObject *errors;
};

/* Py_NewRef is not in the ABI of 3.9. */
static PyObject *new_reference(PyObject *object)
{
    Py_INCREF(object);
    return object;
}

static PyObject *rule_error; /* blotter.RuleError; owned by the module */

static void on_error(void *user, const struct blot_error *error)
{
    PyObject *errors = user;
    PyObject *text = PyUnicode_FromFormat("%s:%u:%u: %s", error->document, error->line,
                                          error->column, error->message);
    if (!text || PyList_Append(errors, text) < 0)
        PyErr_Clear();
    Py_XDECREF(text);
}

/* The UTF-8 bytes of a str, or a bytes object itself, kept alive by `settings`. NULL: an exception
 * is set. */
static const char *hold(struct settings *settings, PyObject *value, size_t *ret_size)
{
    char *bytes;
    Py_ssize_t size;
    PyObject *object =
        PyUnicode_Check(value) ? PyUnicode_AsUTF8String(value) : new_reference(value);
    if (!object)
        return NULL;
    int r = PyBytes_AsStringAndSize(object, &bytes, &size);
    if (r == 0)
        r = PyList_Append(settings->held, object);
    Py_DECREF(object);
    if (r < 0)
        return NULL;
    if (ret_size) {
        *ret_size = (size_t)size;
    } else if (strlen(bytes) != (size_t)size) {
        PyErr_SetString(PyExc_ValueError, "a name holds a NUL character");
        return NULL;
    }
    return bytes;
}

/* Room for as many items as the sequence has. False: an exception is set. */
static bool make_room(PyObject *sequence, size_t item_size, void *ret_items, size_t *ret_count)
{
    Py_ssize_t count = PySequence_Size(sequence);
    if (count < 0)
        return false;
    if (count > LIST_MAX) {
        PyErr_SetString(PyExc_ValueError, "more than 1024 items");
        return false;
    }
    void *items = calloc((size_t)count + 1, item_size);
    if (!items) {
        PyErr_NoMemory();
        return false;
    }
    memcpy(ret_items, &items, sizeof(items));
    *ret_count = (size_t)count;
    return true;
}

/* A pair of the sequence: two texts, the second with its size where `ret_size` is given. */
static bool take_pair(struct settings *settings, PyObject *sequence, size_t index,
                      const char **ret_first, const char **ret_second, size_t *ret_size)
{
    PyObject *pair = PySequence_GetItem(sequence, (Py_ssize_t)index);
    PyObject *first = pair ? PySequence_GetItem(pair, 0) : NULL;
    PyObject *second = first ? PySequence_GetItem(pair, 1) : NULL;
    bool is_good = second && (*ret_first = hold(settings, first, NULL)) &&
                   (*ret_second = hold(settings, second, ret_size));
    Py_XDECREF(second);
    Py_XDECREF(first);
    Py_XDECREF(pair);
    return is_good;
}

static bool take_lists(struct settings *settings, PyObject *packs, PyObject *documents,
                       PyObject *actions)
{
    struct blot_options *options = &settings->options;
    if (!make_room(packs, sizeof(*settings->packs), &settings->packs, &options->pack_count) ||
        !make_room(documents, sizeof(*settings->documents), &settings->documents,
                   &options->document_count) ||
        !make_room(actions, sizeof(*settings->actions), &settings->actions, &options->action_count))
        return false;
    for (size_t i = 0; i < options->pack_count; i++) {
        PyObject *pack = PySequence_GetItem(packs, (Py_ssize_t)i);
        settings->packs[i] = pack ? hold(settings, pack, NULL) : NULL;
        Py_XDECREF(pack);
        if (!settings->packs[i])
            return false;
    }
    for (size_t i = 0; i < options->document_count; i++) {
        struct blot_document *document = &settings->documents[i];
        if (!take_pair(settings, documents, i, &document->name, &document->data, &document->size))
            return false;
    }
    for (size_t i = 0; i < options->action_count; i++) {
        struct blot_action *action = &settings->actions[i];
        if (!take_pair(settings, actions, i, &action->rule, &action->action, NULL))
            return false;
    }
    options->packs = settings->packs;
    options->documents = settings->documents;
    options->actions = settings->actions;
    return true;
}

static void raise_rules(int error, PyObject *errors)
{
    if (PyList_Size(errors) > 0) {
        PyObject *newline = PyUnicode_FromString("\n");
        PyObject *text = newline ? PyUnicode_Join(newline, errors) : NULL;
        if (text)
            PyErr_SetObject(rule_error, text);
        Py_XDECREF(text);
        Py_XDECREF(newline);
    } else if (error == -ENOENT) {
        PyErr_SetString(rule_error, "no such pack");
    } else if (error == -EILSEQ) {
        PyErr_SetString(rule_error, "a canary failed: the engine must not be used here");
    } else if (error == -ENOMEM) {
        PyErr_NoMemory();
    } else {
        PyErr_Format(rule_error, "the rules cannot be used: %s", strerror(-error));
    }
}

static void settings_finish(struct settings *settings)
{
    free(settings->packs);
    free(settings->documents);
    free(settings->actions);
    Py_XDECREF(settings->held);
    Py_XDECREF(settings->errors);
}

static int engine_init(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"packs",  "documents",    "actions",   "keep",
                            "masked", "token_key_id", "token_key", "i_accept_pan_in_clear",
                            NULL};
    struct engine *engine = (struct engine *)self;
    struct settings settings = {.options.size = sizeof(struct blot_options)};
    struct blot_options *options = &settings.options;
    PyObject *packs, *documents, *actions;
    Py_ssize_t key_size = 0;
    struct blot_ruleset *ruleset = NULL;
    if (engine->ruleset) {
        PyErr_SetString(PyExc_TypeError, "an Engine is made once");
        return -1;
    }
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "OOOzzzz#p", names, &packs, &documents,
                                     &actions, &options->keep, &options->masked,
                                     &options->token_key_id, (const char **)&options->token_key,
                                     &key_size, &options->i_accept_pan_in_clear))
        return -1;
    options->token_key_size = (size_t)key_size;
    settings.held = PyList_New(0);
    settings.errors = PyList_New(0);
    if (settings.held && settings.errors && take_lists(&settings, packs, documents, actions)) {
        options->on_error = on_error;
        options->user = settings.errors;
        int r = blot_ruleset_new(options, &ruleset);
        if (r < 0)
            raise_rules(r, settings.errors);
    }
    settings_finish(&settings);
    engine->ruleset = ruleset;
    return ruleset ? 0 : -1;
}

static void engine_free(PyObject *self)
{
    struct engine *engine = (struct engine *)self;
    PyTypeObject *type = Py_TYPE(self);
    for (size_t i = 0; i < engine->scratch_count; i++)
        blot_scratch_free(engine->scratches[i]);
    blot_ruleset_free(engine->ruleset);
    freefunc free_object = (freefunc)PyType_GetSlot(type, Py_tp_free);
    free_object(self);
    Py_DECREF(type);
}

static struct blot_scratch *take_scratch(struct engine *engine)
{
    struct blot_scratch *scratch = NULL;
    if (!engine->ruleset) {
        PyErr_SetString(PyExc_TypeError, "the Engine was not made");
        return NULL;
    }
    if (engine->scratch_count > 0)
        return engine->scratches[--engine->scratch_count];
    if (blot_scratch_new(engine->ruleset, NULL, &scratch) < 0)
        PyErr_NoMemory();
    return scratch;
}

static void put_scratch(struct engine *engine, struct blot_scratch *scratch)
{
    if (engine->scratch_count < SCRATCHES_MAX)
        engine->scratches[engine->scratch_count++] = scratch;
    else
        blot_scratch_free(scratch);
}

/* A text as the library gets it. Lone surrogates (PEP 383) go through as they are: their bytes are
 * no UTF-8, so they are boundaries, and come back. */
struct text {
    PyObject *object; /* bytes, owned */
    const char *data;
    Py_ssize_t size;
    bool is_unicode;
};

static int text_open(struct text *text, PyObject *value)
{
    char *data;
    text->is_unicode = PyUnicode_Check(value);
    if (text->is_unicode) {
        text->object = PyUnicode_AsUTF8String(value);
        if (!text->object && PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            PyErr_Clear();
            text->object = PyUnicode_AsEncodedString(value, "utf-8", "surrogatepass");
        }
    } else if (PyBytes_Check(value)) {
        text->object = new_reference(value);
    } else {
        PyErr_SetString(PyExc_TypeError, "a str or bytes is wanted");
        return -1;
    }
    if (!text->object || PyBytes_AsStringAndSize(text->object, &data, &text->size) < 0) {
        Py_XDECREF(text->object);
        return -1;
    }
    text->data = data;
    return 0;
}

static PyObject *text_result(const struct text *text, PyObject *value, const char *data,
                             size_t size)
{
    if (data == text->data)
        return new_reference(value);
    if (!text->is_unicode)
        return PyBytes_FromStringAndSize(data, (Py_ssize_t)size);
    return PyUnicode_DecodeUTF8(data, (Py_ssize_t)size, "surrogatepass");
}

static PyObject *raise_redaction(int error)
{
    if (error == -ENOMEM)
        return PyErr_NoMemory();
    PyErr_SetString(PyExc_ValueError, "the text cannot be redacted: it holds a line above 1 GiB");
    return NULL;
}

static PyObject *list_findings(const struct engine *engine, const struct blot_scratch *scratch)
{
    const struct blot_finding *findings;
    size_t count = blot_findings(scratch, &findings);
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < count; i++) {
        const struct blot_finding *finding = &findings[i];
        PyObject *item =
            Py_BuildValue("(nny#sii)", (Py_ssize_t)finding->offset, (Py_ssize_t)finding->size,
                          finding->replacement, (Py_ssize_t)finding->replacement_size,
                          blot_ruleset_rule_id(engine->ruleset, finding->rule),
                          (int)finding->reason, (int)finding->effects);
        if (!item || PyList_Append(list, item) < 0) {
            Py_DECREF(list);
            list = NULL;
        }
        Py_XDECREF(item);
    }
    return list;
}

/* The redacted text; with `ret_findings` a list of what was found, too. */
static PyObject *run(struct engine *engine, PyObject *value, const char *path, size_t path_size,
                     PyObject **ret_findings)
{
    struct text text;
    const char *data = NULL;
    size_t size = 0;
    PyObject *result = NULL;
    if (text_open(&text, value) < 0)
        return NULL;
    struct blot_scratch *scratch = take_scratch(engine);
    if (!scratch)
        goto finish;
    PyThreadState *state = text.size > GIL_BYTES ? PyEval_SaveThread() : NULL;
    int r = path ? blot_redact_field(scratch, path, path_size, text.data, (size_t)text.size, &data,
                                     &size)
                 : blot_redact(scratch, text.data, (size_t)text.size, 0, &data, &size);
    if (state)
        PyEval_RestoreThread(state);
    result = r < 0 ? raise_redaction(r) : text_result(&text, value, data, size);
    if (result && ret_findings && !(*ret_findings = list_findings(engine, scratch)))
        Py_CLEAR(result);
    put_scratch(engine, scratch);
finish:
    Py_DECREF(text.object);
    return result;
}

static PyObject *engine_redact(PyObject *self, PyObject *value)
{
    return run((struct engine *)self, value, NULL, 0, NULL);
}

static PyObject *engine_redact_field(PyObject *self, PyObject *arguments)
{
    const char *path;
    Py_ssize_t path_size;
    PyObject *value;
    if (!PyArg_ParseTuple(arguments, "s#O", &path, &path_size, &value))
        return NULL;
    return run((struct engine *)self, value, path, (size_t)path_size, NULL);
}

static PyObject *engine_find(PyObject *self, PyObject *value)
{
    PyObject *findings = NULL;
    PyObject *redacted = run((struct engine *)self, value, NULL, 0, &findings);
    if (redacted == value && PyList_Size(findings) == 0) {
        Py_DECREF(redacted);
        Py_DECREF(findings);
        return new_reference(Py_None);
    }
    return redacted ? Py_BuildValue("(NN)", redacted, findings) : NULL;
}

static PyObject *engine_rules(PyObject *self, void *unused)
{
    const struct engine *engine = (const struct engine *)self;
    size_t count = engine->ruleset ? blot_ruleset_rule_count(engine->ruleset) : 0;
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *id = PyUnicode_FromString(blot_ruleset_rule_id(engine->ruleset, i));
        if (!id || PyList_Append(list, id) < 0) {
            Py_DECREF(list);
            list = NULL;
        }
        Py_XDECREF(id);
    }
    return list;
}

static PyObject *engine_hash(PyObject *self, void *unused)
{
    const struct engine *engine = (const struct engine *)self;
    return PyUnicode_FromString(engine->ruleset ? blot_ruleset_hash(engine->ruleset) : "");
}

static PyObject *engine_kernel(PyObject *self, void *unused)
{
    const struct engine *engine = (const struct engine *)self;
    return PyUnicode_FromString(engine->ruleset ? blot_ruleset_kernel(engine->ruleset) : "");
}

static PyMethodDef engine_methods[] = {
    {"redact", engine_redact, METH_O, "The text without what the rules find, str or bytes."},
    {"redact_field", engine_redact_field, METH_VARARGS,
     "redact_field(path, value): the value of a field whose key path is known."},
    {"find", engine_find, METH_O,
     "None where nothing is found, else (redacted, [(offset, size, replacement, rule, reason, "
     "effects)]); offsets in UTF-8 bytes."},
    {NULL},
};

static PyGetSetDef engine_attributes[] = {
    {"rules", engine_rules, NULL, "Ids of the rules."},
    {"hash", engine_hash, NULL, "SHA-256 of the rules."},
    {"kernel", engine_kernel, NULL, "The instruction set in use."},
    {NULL},
};

static PyType_Slot engine_slots[] = {
    {Py_tp_init, engine_init},
    {Py_tp_dealloc, engine_free},
    {Py_tp_methods, engine_methods},
    {Py_tp_getset, engine_attributes},
    {Py_tp_doc, "A compiled rule set. Threads may share it."},
    {0, NULL},
};

static PyType_Spec engine_type = {
    .name = "blotter._engine.Engine",
    .basicsize = sizeof(struct engine),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = engine_slots,
};

static int prepare(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&engine_type);
    if (!type || PyModule_AddObject(module, "Engine", type) < 0) {
        Py_XDECREF(type);
        return -1;
    }
    rule_error = PyErr_NewExceptionWithDoc("blotter.RuleError",
                                           "The rules are not usable; all errors are in the text.",
                                           PyExc_ValueError, NULL);
    if (!rule_error || PyModule_AddObject(module, "RuleError", new_reference(rule_error)) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "version", blot_version_text());
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, prepare}, {0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "blotter._engine",
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__engine(void);

PyMODINIT_FUNC PyInit__engine(void)
{
    return PyModuleDef_Init(&module);
}
