#pragma once
/* What rsyslogd exports to its modules, declared here because Debian packages no headers. Read from
 * rsyslog 8.2302.0 and compared with 8.1901 and 8.2608: runtime/module-template.h,
 * runtime/msg.[ch], runtime/typedefs.h, runtime/statsobj.h, runtime/glbl.h, runtime/errmsg.h,
 * grammar/rainerscript.h, template.h, and libestr.h, json_tokener.h of the libraries that rsyslogd
 * is linked with.
 *
 * Messages are opaque: the layout of `struct msg` changed between releases, and only functions look
 * into it. What not every release exports is weak and asked for before it is called. */
#include <stdint.h>
#include <sys/types.h>

struct host_message;   /* struct msg */
struct host_json;      /* struct fjson_object */
struct host_requests;  /* omodStringRequest_t: what an action wants to be given */
struct host_string;    /* es_str_t */
struct host_statistic; /* statsobj_t */
struct host_template;  /* struct template */

/* rsRetVal, runtime/rsyslog.h */
enum host_result {
    HOST_OK = 0,
    HOST_OUT_OF_MEMORY = -6,
    HOST_PARAMETER_ERROR = -1000,
    HOST_ENTRY_NOT_FOUND = -1004,
    HOST_INCOMPATIBLE = -2003,
    HOST_SUSPENDED = -2007,
    HOST_LEGACY_ACTION = -2215,
    HOST_NO_CODE = -1, /* NO_ERRCODE */
};

enum {
    HOST_SEVERITY_ERROR = 3,
    HOST_SEVERITY_WARNING = 4,
};

enum {
    HOST_INTERFACE_VERSION = 6, /* CURR_MOD_IF_VERSION */
    HOST_MODULE_OUTPUT = 1,     /* eMOD_OUT */
    HOST_MODULE_NOT_KEPT = 0,   /* eMOD_NOKEEP */
    HOST_REQUEST_STRING = 0,    /* OMSR_NO_RQD_TPL_OPTS */
    HOST_REQUEST_MESSAGE = 4,   /* OMSR_TPL_AS_MSG */
};

typedef void host_function(void); /* cast to what its name stands for */
typedef int host_query_function(unsigned char *name, host_function **ret_function);

/* ---- configuration: struct svar, nvlst, cnfparamdescr, cnfparamblk, cnfparamvals, cnfarray */

enum host_type {
    HOST_TYPE_SIZE = 9,
    HOST_TYPE_WORD = 13,
    HOST_TYPE_STRING = 14,
    HOST_TYPE_ARRAY = 15,
    HOST_TYPE_POSITIVE = 8,
};

struct host_array {
    unsigned node_type;
    int count;
    struct host_string **items;
} __attribute__((aligned(8)));

struct host_value {
    union {
        struct host_string *string;
        struct host_array *array;
        long long number;
        void *json;
    } data;
    char type;
};

struct host_pair {
    struct host_pair *next;
    struct host_string *name;
    struct host_value value;
    unsigned char is_used; /* by nvlstGetParams */
};

struct host_parameter {
    const char *name;
    int type;
    unsigned flags; /* 1: required */
};

struct host_parameters {
    unsigned short version; /* 1 */
    unsigned short count;
    struct host_parameter *list;
};

struct host_setting {
    struct host_value value;
    unsigned char is_set;
};

/* NULL after an error, which it logged. */
struct host_setting *nvlstGetParams(struct host_pair *pairs, struct host_parameters *parameters,
                                    struct host_setting *settings);
void cnfparamvalsDestruct(const struct host_setting *settings,
                          const struct host_parameters *parameters);
char *es_str2cstr(struct host_string *string, const char *nul_escape); /* malloc'd */

int OMSRconstruct(struct host_requests **ret_requests, int count);
int OMSRdestruct(struct host_requests *requests);
/* Owns `template_name`. */
int OMSRsetEntry(struct host_requests *requests, int index, unsigned char *template_name,
                 int options);

/* ---- messages */

/* Severity error: rsyslogd counts it, and with abortOnUncleanConfig it does not start. */
void LogError(int system_error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same without that. `severity` is syslog's. */
void LogMsg(int system_error, int code, int severity, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

unsigned char *getMSG(struct host_message *message);
int getMSGLen(struct host_message *message);
void getRawMsg(const struct host_message *message, unsigned char **ret_text, int *ret_size);

int MsgReplaceMSG(struct host_message *message, const unsigned char *text, int size);
void MsgSetRawMsg(struct host_message *message, const char *text, size_t size);
void MsgSetMSGoffs(struct host_message *message, int offset);
void MsgSetTAG(struct host_message *message, const unsigned char *text, size_t size);
void MsgSetHOSTNAME(struct host_message *message, const unsigned char *text, int size);
int MsgSetAPPNAME(struct host_message *message, const char *text);
int MsgSetPROCID(struct host_message *message, const char *text);
int MsgSetMSGID(struct host_message *message, const char *text);
int MsgSetStructuredData(struct host_message *message, const char *text);

/* msgPropDescr_t */
struct host_property {
    unsigned char id;
    unsigned char *name;
    int name_size;
};
int msgPropDescrFill(struct host_property *property, unsigned char *name, int name_size);
void msgPropDescrDestruct(struct host_property *property);
/* `template` and `now` may be NULL. The text is the message's unless `ret_must_free`. */
unsigned char *MsgGetProp(struct host_message *message, void *template,
                          struct host_property *property, int *ret_size,
                          unsigned short *ret_must_free, void *now);
int getJSONPropVal(struct host_message *message, struct host_property *property,
                   unsigned char **ret_text, int *ret_size, unsigned short *ret_must_free);
int msgDelJSON(struct host_message *message, unsigned char *name);
/* Owns `json`, also after an error. */
int msgAddJSON(struct host_message *message, unsigned char *name, struct host_json *json,
               int is_forced, int is_shared);
struct host_json *fjson_tokener_parse(const char *text) __attribute__((weak));
struct host_json *fjson_object_new_string(const char *text) __attribute__((weak));
/* The tree itself, not a copy; NULL: there is none. */
int jsonFind(struct host_message *message, struct host_property *property,
             struct host_json **ret_json) __attribute__((weak));

/* libfastjson 0.99 to 1.2304: json_object.h, json_object_iterator.h */
enum host_json_type {
    HOST_JSON_NULL,
    HOST_JSON_BOOLEAN,
    HOST_JSON_DOUBLE,
    HOST_JSON_INT,
    HOST_JSON_OBJECT,
    HOST_JSON_ARRAY,
    HOST_JSON_STRING,
};

struct host_json_iterator {
    int objects_left;
    int index;
    const void *page;
};

int fjson_object_get_type(struct host_json *json) __attribute__((weak));
/* Of a string its bytes, of anything else its JSON text; lives as long as the object. */
const char *fjson_object_get_string(struct host_json *json) __attribute__((weak));
int64_t fjson_object_get_int64(struct host_json *json) __attribute__((weak));
int fjson_object_array_length(struct host_json *json) __attribute__((weak));
struct host_json *fjson_object_array_get_idx(struct host_json *json, int index)
    __attribute__((weak));
struct host_json_iterator fjson_object_iter_begin(struct host_json *json) __attribute__((weak));
struct host_json_iterator fjson_object_iter_end(const struct host_json *json) __attribute__((weak));
void fjson_object_iter_next(struct host_json_iterator *iterator) __attribute__((weak));
const char *fjson_object_iter_peek_name(const struct host_json_iterator *iterator)
    __attribute__((weak));
struct host_json *fjson_object_iter_peek_value(const struct host_json_iterator *iterator)
    __attribute__((weak));
int fjson_object_iter_equal(const struct host_json_iterator *left,
                            const struct host_json_iterator *right) __attribute__((weak));

/* The configuration that is being read. */
extern void *loadConf;
struct host_template *tplFind(void *configuration, const char *name, int name_size);
/* `line` is moved behind what was read: the template in double quotes. */
struct host_template *tplAddLine(void *configuration, const char *name, unsigned char **line);

/* The longest message that an input takes. Took no argument before 8.2108, which does no harm. */
extern void *runConf __attribute__((weak));
int glblGetMaxLine(void *configuration) __attribute__((weak));

/* ---- statistics: statsobj_if_t, version 13 (2016 to 8.2302 at least) */

enum {
    HOST_STATISTICS_VERSION = 13,
    HOST_COUNTER_UINT64 = 0,    /* ctrType_IntCtr */
    HOST_COUNTER_RESETTABLE = 1 /* CTR_FLAG_RESETTABLE */
};

struct host_statistics {
    int version;
    int is_loaded;
    int (*debug_print)(struct host_statistic *object);
    int (*construct)(struct host_statistic **ret_object);
    int (*construct_finalize)(struct host_statistic *object);
    int (*destruct)(struct host_statistic **object);
    int (*set_name)(struct host_statistic *object, unsigned char *name);
    int (*set_origin)(struct host_statistic *object, unsigned char *name);
    int (*set_read_notifier)(struct host_statistic *object,
                             void (*notify)(struct host_statistic *, void *), void *context);
    int (*set_reporting_namespace)(struct host_statistic *object, unsigned char *name);
    void (*set_flags)(struct host_statistic *object, int flags);
    int (*get_all_lines)(int (*emit)(void *, const char *), void *user, int format, int8_t reset);
    int (*add_counter)(struct host_statistic *object, const unsigned char *name, int type,
                       int8_t flags, void *counter);
    void *further[6]; /* managed counters, enabling: not used here */
};
int statsobjQueryInterface(struct host_statistics *statistics) __attribute__((weak));
