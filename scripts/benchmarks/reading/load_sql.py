"""The data as set-wise SQL: every value follows from a row's number, so that each load makes the same records.

What the engine keeps beside a record (folded texts, sort keys, sounds, grams, base amounts, keys of duplicates) is made
as the engine makes it of Latin texts: lower case is folded, and a number is ordered by its size.
"""

SCRATCH = "bench_load"

# Functions and lists that only the load needs; its schema is dropped behind it.
HELPERS = f"""
CREATE SCHEMA {SCRATCH};
CREATE FUNCTION {SCRATCH}.dice(n bigint, seed bigint, sides int) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT ((hashint8extended(n, seed) & 2147483647) % sides)::int $$;
CREATE FUNCTION {SCRATCH}.moment(n bigint) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT timestamptz '2024-01-01 00:00:00+00' + n * interval '7.000137 seconds' $$;
CREATE FUNCTION {SCRATCH}.id(code int, n bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (
        lpad(to_hex(micros / 1000), 12, '0') || '8' || lpad(to_hex(code), 3, '0')
        || to_hex((1::bigint << 63) | ((micros % 1000 * 1048576 / 1000) << 42)
            | (hashint8extended(n, code) & 4398046511103))
    )::uuid
    FROM (SELECT (extract(epoch FROM {SCRATCH}.moment(n)) * 1000000)::bigint AS micros) AS made $$;
CREATE FUNCTION {SCRATCH}.number_key(n bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT lpad(length(n::text)::text, 2, '0') || n $$;
CREATE FUNCTION {SCRATCH}.grams(runs text[], initials text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT gram ORDER BY gram) FROM (
        SELECT CASE WHEN length(run) < 3 THEN run ELSE substr(run, at, 3) END
        FROM unnest(runs) AS run, generate_series(1, greatest(length(run) - 2, 1)) AS at
        UNION ALL
        SELECT substr(initials, at, 2) FROM generate_series(1, length(initials) - 1) AS at
    ) AS every (gram) $$;
CREATE TABLE {SCRATCH}.word AS
    SELECT (number - 1)::int AS number, word FROM unnest(ARRAY[
        'Alder', 'Amber', 'Arbor', 'Aspen', 'Baltic', 'Beacon', 'Birch', 'Blue', 'Bright', 'Canyon', 'Cedar', 'Cobalt',
        'Copper', 'Coral', 'Crystal', 'Delta', 'Eagle', 'Ember', 'Falcon', 'Fjord', 'Forest', 'Garnet', 'Glacier',
        'Golden', 'Granite', 'Harbor', 'Hazel', 'Heron', 'Indigo', 'Iron', 'Ivory', 'Jade', 'Juniper', 'Lake', 'Laurel',
        'Lunar', 'Maple', 'Marble', 'Meadow', 'Mercury', 'Nordic', 'North', 'Ocean', 'Olive', 'Onyx', 'Orchid', 'Pearl',
        'Pine', 'Quartz', 'Raven', 'River', 'Ruby', 'Saffron', 'Silver', 'Solar', 'Summit', 'Tiger', 'Velvet', 'Willow',
        'Zephyr'
    ]) WITH ORDINALITY AS given (word, number);
CREATE TABLE {SCRATCH}.trade AS
    SELECT (number - 1)::int AS number, word FROM unnest(ARRAY[
        'Automation', 'Bakery', 'Chemicals', 'Coatings', 'Dairy', 'Dynamics', 'Electronics', 'Energy', 'Foods',
        'Foundry', 'Freight', 'Glassworks', 'Hydraulics', 'Instruments', 'Logistics', 'Machinery', 'Media', 'Metals',
        'Mills', 'Motors', 'Networks', 'Optics', 'Packaging', 'Paper', 'Plastics', 'Robotics', 'Shipping', 'Software',
        'Textiles', 'Tools'
    ]) WITH ORDINALITY AS given (word, number);
CREATE TABLE {SCRATCH}.first_name AS
    SELECT (number - 1)::int AS number, word FROM unnest(ARRAY[
        'Ada', 'Ben', 'Carla', 'David', 'Emma', 'Felix', 'Grace', 'Hugo', 'Ines', 'Jonas', 'Karin', 'Leo', 'Marta',
        'Nils', 'Olga', 'Paul', 'Rosa', 'Simon', 'Tina', 'Victor'
    ]) WITH ORDINALITY AS given (word, number);
"""

# The placeholders: how many, the owners and departments in the order of their numbers.
CUSTOMERS = f"""
INSERT INTO customer (
    id, version, created_at, updated_at, deleted_at, deletion_id, name, name_folded, name_sort, name_sound, code,
    code_folded, kind, is_potential, is_customer, language, language_folded, phone, phone_folded, email, email_folded,
    website, website_folded, founded_year, employee_count, tax_no, tax_no_folded, annual_revenue,
    annual_revenue_currency, annual_revenue_base, annual_revenue_rate_on, credit_limit, credit_limit_currency,
    credit_limit_base, credit_limit_rate_on, owner_id, department_id, search_grams
)
SELECT
    {SCRATCH}.id(16, i), 1, at, at,
    CASE WHEN i %% 100 = 50 THEN at END, CASE WHEN i %% 100 = 50 THEN {SCRATCH}.id(16, i) END,
    one || ' ' || two || ' ' || i,
    low || ' ' || i,
    low || ' ' || {SCRATCH}.number_key(i),
    replace(low, ' ', '') || i || ' ' || initials,
    'K-' || lpad(i::text, 7, '0'), 'k-' || lpad(i::text, 7, '0'),
    (ARRAY['company', 'company', 'company', 'person', 'authority', 'association'])[1 + {SCRATCH}.dice(i, 3, 6)],
    i %% 3 <> 0, i %% 3 = 0,
    language, lower(language),
    phone, phone,
    'info@' || site, 'info@' || site,
    'www.' || site, 'www.' || site,
    1900 + {SCRATCH}.dice(i, 4, 120),
    CASE WHEN i %% 10 <> 9 THEN 1 + {SCRATCH}.dice(i, 5, 5000) END,
    'TX' || lpad(i::text, 9, '0'), 'tx' || lpad(i::text, 9, '0'),
    revenue, CASE WHEN revenue IS NOT NULL THEN currency END, round(revenue * rate, 4),
    CASE WHEN revenue IS NOT NULL THEN at::date END,
    credit, currency, round(credit * rate, 4), at::date,
    CASE
        WHEN i %% 20000 = 7 AND i / 20000 < 45 THEN %(seller)s
        WHEN i %% 20000 = 8 AND i / 20000 < 50 THEN %(auditor)s
        ELSE (%(owners)s::uuid[])[1 + {SCRATCH}.dice(i, 6, cardinality(%(owners)s::uuid[]))]
    END,
    CASE
        WHEN i %% 200 = 3 THEN %(key_accounts)s
        ELSE (%(departments)s::uuid[])[1 + {SCRATCH}.dice(i, 7, cardinality(%(departments)s::uuid[]))]
    END,
    {SCRATCH}.grams(
        ARRAY[lower(one), lower(two), i::text, replace(low, ' ', '') || i, initials, 'k', lpad(i::text, 7, '0'),
            'info', lower(one) || i, 'example', 'www'] || string_to_array(phone, ' ') || replace(phone, ' ', ''),
        initials
    )
FROM (
    SELECT
        i, {SCRATCH}.moment(i) AS at, one.word AS one, two.word AS two, lower(one.word || ' ' || two.word) AS low,
        lower(left(one.word, 1) || left(two.word, 1)) || left(i::text, 1) AS initials,
        lower(one.word) || i || '.example' AS site,
        '49 30 ' || lpad((i::bigint * 7919 %% 100000000)::text, 8, '0') AS phone,
        (ARRAY['English', 'German', 'French', 'Chinese'])[1 + {SCRATCH}.dice(i, 8, 4)] AS language,
        CASE WHEN i %% 20 <> 19 THEN ({SCRATCH}.dice(i, 9, 2000000000) / 4)::numeric(20, 2) * 0.25 END AS revenue,
        (1000 * (1 + {SCRATCH}.dice(i, 10, 500)))::numeric AS credit,
        CASE WHEN i %% 5 = 4 THEN 'EUR' ELSE 'USD' END AS currency,
        CASE WHEN i %% 5 = 4 THEN 1.0837 ELSE 1 END AS rate
    FROM generate_series(0, %(count)s - 1) AS i
    JOIN {SCRATCH}.word AS one ON one.number = {SCRATCH}.dice(i, 1, 60)
    JOIN {SCRATCH}.trade AS two ON two.number = {SCRATCH}.dice(i, 2, 30)
    ORDER BY i
) AS made
"""

DUPLICATE_KEYS = """
INSERT INTO duplicate_key (record_id, kind, key, object)
SELECT id, 'name', name_folded, 'customer' FROM customer
UNION ALL SELECT id, 'phone', right(replace(phone, ' ', ''), 8), 'customer' FROM customer
UNION ALL SELECT id, 'tax number', tax_no, 'customer' FROM customer
UNION ALL SELECT id, 'mail domain', split_part(email, '@', 2), 'customer' FROM customer
"""

CONTACTS = f"""
INSERT INTO contact (
    id, version, created_at, updated_at, name, name_folded, name_sort, name_sound, code, code_folded, customer_id,
    job_title, job_title_folded, email, email_folded, is_primary, search_grams
)
SELECT
    {SCRATCH}.id(17, i), 1, {SCRATCH}.moment(i), {SCRATCH}.moment(i), name, lower(name), lower(name),
    replace(lower(name), ' ', '') || ' ' || initials,
    'KP-' || lpad(i::text, 7, '0'), 'kp-' || lpad(i::text, 7, '0'), {SCRATCH}.id(16, i / 3),
    title, lower(title), mail, mail, i %% 3 = 0,
    {SCRATCH}.grams(
        ARRAY[lower(one), lower(two), replace(lower(name), ' ', ''), initials, 'kp', lpad(i::text, 7, '0'),
            lower(one) || i, 'example'],
        initials
    )
FROM (
    SELECT
        i, one.word AS one, two.word AS two, one.word || ' ' || two.word AS name,
        lower(left(one.word, 1) || left(two.word, 1)) AS initials,
        lower(one.word) || i || '@' || lower(two.word) || '.example' AS mail,
        (ARRAY['Buyer', 'Engineer', 'Head of Sales', 'Controller'])[1 + {SCRATCH}.dice(i, 13, 4)] AS title
    FROM generate_series(0, 3 * %(count)s - 1) AS i
    JOIN {SCRATCH}.first_name AS one ON one.number = {SCRATCH}.dice(i, 11, 20)
    JOIN {SCRATCH}.word AS two ON two.number = {SCRATCH}.dice(i, 12, 60)
    ORDER BY i
) AS made
"""

PRODUCTS = f"""
INSERT INTO product (
    id, version, created_at, updated_at, name, name_folded, name_sort, name_sound, code, code_folded, kind,
    list_price, list_price_currency, list_price_base, list_price_rate_on, is_discontinued, search_grams
)
SELECT
    {SCRATCH}.id(32, i), 1, {SCRATCH}.moment(i), {SCRATCH}.moment(i),
    word || ' Pump ' || i, lower(word) || ' pump ' || i,
    lower(word) || ' pump ' || {SCRATCH}.number_key(i), lower(word) || 'pump' || i || ' ' || initials,
    'KP-' || i, 'kp-' || i, 'goods', price, 'USD', price, {SCRATCH}.moment(i)::date, false,
    {SCRATCH}.grams(ARRAY[lower(word), 'pump', i::text, lower(word) || 'pump' || i, initials, 'kp'], initials)
FROM (
    SELECT
        i, word, lower(left(word, 1)) || 'p' || left(i::text, 1) AS initials,
        {SCRATCH}.dice(i, 15, 90000) / 100.0 AS price
    FROM generate_series(0, %(products)s - 1) AS i JOIN {SCRATCH}.word ON number = {SCRATCH}.dice(i, 14, 60)
    ORDER BY i
) AS made
"""

# Lines first, for an opportunity is worth the sum of its lines.
LINES = f"""
CREATE TABLE {SCRATCH}.line AS
SELECT
    i, position, {SCRATCH}.dice(2 * i + position, 20, %(products)s) AS product, quantity, price, discount,
    round(quantity * price * (100 - discount) / 100, 2) AS amount,
    CASE WHEN i %% 5 = 4 THEN 'EUR' ELSE 'USD' END AS currency, CASE WHEN i %% 5 = 4 THEN 1.0837 ELSE 1 END AS rate
FROM generate_series(0, 2 * %(count)s - 1) AS i, generate_series(1, 2) AS position,
    LATERAL (SELECT
        (1 + {SCRATCH}.dice(2 * i + position, 21, 80))::numeric / 4 AS quantity,
        (100 + {SCRATCH}.dice(2 * i + position, 22, 200000))::numeric / 100 AS price,
        (ARRAY[0, 0, 5, 12.5])[1 + {SCRATCH}.dice(2 * i + position, 23, 4)] AS discount
    ) AS drawn;
CREATE TABLE {SCRATCH}.worth AS
    SELECT i, currency, min(rate) AS rate, sum(amount) AS amount FROM {SCRATCH}.line GROUP BY i, currency;
"""

# Nine of ten belong where their customer does.
OPPORTUNITIES = f"""
INSERT INTO opportunity (
    id, version, created_at, updated_at, name, name_folded, name_sort, name_sound, code, code_folded, customer_id,
    stage, currency, amount, amount_currency, amount_base, amount_rate_on, probability, engaged_on, close_on, owner_id,
    department_id, search_grams
)
SELECT
    {SCRATCH}.id(48, i), 1, at, at, 'Pumps for ' || customer.name, 'pumps for ' || customer.name_folded,
    'pumps for ' || customer.name_sort, 'pumpsfor' || split_part(customer.name_sound, ' ', 1) || ' pf'
        || split_part(customer.name_sound, ' ', 2),
    'KO-' || lpad(i::text, 7, '0'), 'ko-' || lpad(i::text, 7, '0'), customer.id,
    (ARRAY['prospecting', 'engaging', 'won', 'lost'])[1 + {SCRATCH}.dice(i, 25, 4)],
    currency, amount, currency, round(amount * rate, 4), at::date, 10 * (1 + {SCRATCH}.dice(i, 26, 9)),
    at::date, date '2024-01-01' + {SCRATCH}.dice(i, 27, 1096), customer.owner_id,
    CASE
        WHEN i %% 10 <> 9 THEN customer.department_id
        ELSE (%(departments)s::uuid[])[1 + {SCRATCH}.dice(i, 28, cardinality(%(departments)s::uuid[]))]
    END,
    {SCRATCH}.grams(
        string_to_array(
            'pumps for ' || customer.name_folded || ' ko ' || lpad(i::text, 7, '0')
                || ' pumpsfor' || replace(customer.name_folded, ' ', '')
                || ' pf' || split_part(customer.name_sound, ' ', 2),
            ' '
        ),
        'pf' || split_part(customer.name_sound, ' ', 2)
    )
FROM {SCRATCH}.worth
JOIN customer ON customer.id = {SCRATCH}.id(16, i %% %(count)s), {SCRATCH}.moment(i) AS at
ORDER BY i
"""

OPPORTUNITY_LINES = f"""
INSERT INTO opportunity_line (
    id, version, created_at, updated_at, position, opportunity_id, product_id, quantity, unit_price,
    unit_price_currency, unit_price_base, unit_price_rate_on, discount, amount, amount_currency, amount_base,
    amount_rate_on, search_grams
)
SELECT
    {SCRATCH}.id(49, 2 * i + position), 1, at, at, position, {SCRATCH}.id(48, i), {SCRATCH}.id(32, product), quantity,
    price, currency, round(price * rate, 6), at::date, discount,
    amount, currency, round(amount * rate, 4), at::date, '{{}}'
FROM {SCRATCH}.line, {SCRATCH}.moment(i) AS at
ORDER BY i, position
"""

# A few records come into the sight of these people though they lie outside of their department, and a few that lie
# inside have them as participants. The seller sees fifty: 45 of their own, and five for these reasons.
SHARES = """
CREATE TEMPORARY VIEW first AS
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM customer ORDER BY id LIMIT 4000;
INSERT INTO record_share (record_id, holder_id, access, until)
SELECT id, holder, access, until::date
FROM first, unnest(%(people)s::uuid[]) AS holder,
    (VALUES (1, 'read', NULL), (2, 'write', '2099-12-31'), (3, 'read', '2024-06-30')) AS kinds (k, access, until)
WHERE n %% 100 = k;
INSERT INTO record_share (record_id, holder_id, access) SELECT id, %(seller)s, 'read' FROM first WHERE n IN (1, 2, 3);
INSERT INTO record_participant (record_id, principal_id, since)
SELECT id, principal_id, now() FROM first, unnest(%(people)s::uuid[]) AS principal_id WHERE n %% 50 = 4;
INSERT INTO record_participant (record_id, principal_id, since)
SELECT id, %(seller)s, now() FROM first WHERE n IN (4, 5);
INSERT INTO record_share (record_id, holder_id, access)
SELECT id, holder, 'read'
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM opportunity ORDER BY id LIMIT 4000) AS several,
    unnest(%(people)s::uuid[]) AS holder
WHERE n %% 100 = 4;
DROP VIEW first;
"""
